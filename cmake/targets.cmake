# A folder's CMake file is a list of sources and a list of permitted dependencies, nothing more.

# gateway_library(net SOURCES a.cpp b.cpp PUBLIC gateway_asio PRIVATE OpenSSL::SSL) makes the static library gateway_net.
function(gateway_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  add_library(gateway_${name} STATIC ${ARG_SOURCES})
  target_link_libraries(gateway_${name} PUBLIC gateway_options ${ARG_PUBLIC} PRIVATE ${ARG_PRIVATE})
endfunction()

# gateway_program(redemption-gateway SOURCES main.cpp LINK gateway_server)
function(gateway_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE gateway_options ${ARG_LINK})
endfunction()

# gateway_test(net SOURCES x_test.cpp LINK gateway_net LABELS unit) makes net_tests and registers it with ctest.
function(gateway_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;LINK;LABELS" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  add_executable(${name}_tests ${ARG_SOURCES})
  target_link_libraries(${name}_tests PRIVATE gateway_options ${ARG_LINK} gateway_asio GTest::gmock_main)
  target_compile_definitions(
    ${name}_tests PRIVATE GATEWAY_TEST_DATA="${CMAKE_SOURCE_DIR}/tests/data"
                          GATEWAY_SOURCE_DIR="${CMAKE_SOURCE_DIR}" GATEWAY_BIN_DIR="${CMAKE_BINARY_DIR}/bin"
  )
  target_precompile_headers(${name}_tests REUSE_FROM gateway_test_pch)
  add_test(NAME ${name} COMMAND ${name}_tests --gtest_brief=1)
  set_tests_properties(${name} PROPERTIES TIMEOUT ${ARG_TIMEOUT} LABELS "${ARG_LABELS}")
endfunction()

# gateway_schema(gateway::journal) makes schema_files.cpp in the binary folder from schema/NNN_*.sql of this folder.
function(gateway_schema namespace)
  cmake_path(RELATIVE_PATH CMAKE_CURRENT_SOURCE_DIR BASE_DIRECTORY ${CMAKE_SOURCE_DIR} OUTPUT_VARIABLE room)
  file(GLOB schema_files CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/schema/*.sql)
  add_custom_command(
    OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/schema_files.cpp
    COMMAND ${CMAKE_COMMAND} -DROOM=${room} -DNAMESPACE=${namespace} -DFOLDER=${CMAKE_CURRENT_SOURCE_DIR}/schema
            -DOUTPUT=${CMAKE_CURRENT_BINARY_DIR}/schema_files.cpp -P ${CMAKE_SOURCE_DIR}/cmake/embed_schema.cmake
    DEPENDS ${schema_files} ${CMAKE_SOURCE_DIR}/cmake/embed_schema.cmake
    VERBATIM
  )
endfunction()
