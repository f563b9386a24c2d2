# One place for language, warnings, hardening and sanitizers.

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  message(FATAL_ERROR "g++ ${CMAKE_CXX_COMPILER_VERSION} miscompiles common coroutine forms (aggregate temporaries "
                      "in an awaited call, ?: around co_await: double frees). Use clang 19 (the presets do) or g++ 13.")
endif()

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

set(GATEWAY_SANITIZE "" CACHE STRING "sanitizers, as -fsanitize= takes them; empty for none")

# Everything of ours links this: warnings, definitions and the include root.
add_library(gateway_options INTERFACE)
target_include_directories(gateway_options INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(
  gateway_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast
                            -Wnon-virtual-dtor -Woverloaded-virtual -Wimplicit-fallthrough -Wextra-semi
                            -Wformat=2 -fno-omit-frame-pointer
)
target_compile_definitions(
  gateway_options
  INTERFACE BOOST_ASIO_SEPARATE_COMPILATION
            BOOST_BEAST_SEPARATE_COMPILATION
            BOOST_ASIO_NO_DEPRECATED
            _GLIBCXX_ASSERTIONS
)

# Hardening as distributions do it. What the compiler or the processor lacks is left out; tests/architecture looks at
# the programs that come out.
include(CheckCXXCompilerFlag)
include(CheckCXXSourceCompiles)
include(CheckPIESupported)
check_pie_supported()
foreach(flag -fstack-protector-strong -fstack-clash-protection -fcf-protection=full)
  string(MAKE_C_IDENTIFIER "GATEWAY_HAS${flag}" known)
  check_cxx_compiler_flag(${flag} ${known})
  if(${known})
    target_compile_options(gateway_options INTERFACE ${flag})
  endif()
endforeach()
# Level 3 where compiler and C library have it: without, the library warns and takes 2. Only optimised code has it.
set(CMAKE_REQUIRED_FLAGS "-O2 -Werror -D_FORTIFY_SOURCE=3")
check_cxx_source_compiles("#include <cstring>\nint main() { return 0; }" GATEWAY_HAS_FORTIFY_3)
unset(CMAKE_REQUIRED_FLAGS)
target_compile_definitions(
  gateway_options INTERFACE $<$<CONFIG:Release>:_FORTIFY_SOURCE=$<IF:$<BOOL:${GATEWAY_HAS_FORTIFY_3}>,3,2>>
)
target_link_options(gateway_options INTERFACE -Wl,-z,relro,-z,now,-z,noexecstack)

if(GATEWAY_SANITIZE)
  target_compile_options(
    gateway_options INTERFACE -fsanitize=${GATEWAY_SANITIZE} -fno-sanitize-recover=all
  )
  target_link_options(gateway_options INTERFACE -fsanitize=${GATEWAY_SANITIZE})
endif()
