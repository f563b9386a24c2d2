# Tests that the release preset compiles with the checks of _FORTIFY_SOURCE: it reads the preset's command for each file
# and compiles a call to see the check in it. SOURCE is the repository, WORK a folder for this test alone.

execute_process(
  COMMAND ${CMAKE_COMMAND} --preset release -B ${WORK}
  WORKING_DIRECTORY ${SOURCE}
  OUTPUT_VARIABLE output
  ERROR_VARIABLE output
  RESULT_VARIABLE failed
)
if(failed)
  message(FATAL_ERROR "the release preset can't be configured:\n${output}")
endif()

file(READ ${WORK}/compile_commands.json commands)
string(JSON count LENGTH "${commands}")
math(EXPR last "${count} - 1")
foreach(index RANGE ${last})
  string(JSON command GET "${commands}" ${index} command)
  string(JSON file GET "${commands}" ${index} file)
  if(NOT command MATCHES " -O[123] " OR NOT command MATCHES " -D_FORTIFY_SOURCE=[23] ")
    message(FATAL_ERROR "${file} is compiled without _FORTIFY_SOURCE or optimisation:\n${command}")
  endif()
  if(file MATCHES "/server/main.cpp$")
    set(sample_command "${command}")
    set(sample_file "${file}")
  endif()
endforeach()

# A copy into a buffer of known size with an unknown length.
file(WRITE ${WORK}/fortified.cpp [=[
#include <cstddef>
#include <cstring>
char target[16];
void fill(const char* from, std::size_t size);
void fill(const char* from, std::size_t size) { std::memcpy(target, from, size); }
]=])
string(REPLACE "${sample_file}" "${WORK}/fortified.cpp" sample_command "${sample_command}")
string(REGEX REPLACE " -o [^ ]+" " -o fortified.o" sample_command "${sample_command}")
separate_arguments(sample_command UNIX_COMMAND "${sample_command}")
execute_process(COMMAND ${sample_command} WORKING_DIRECTORY ${WORK} ERROR_VARIABLE output RESULT_VARIABLE failed)
if(failed)
  message(FATAL_ERROR "a sample can't be compiled:\n${output}")
endif()
file(STRINGS ${WORK}/fortified.o checked REGEX "__memcpy_chk")
if(NOT checked)
  message(FATAL_ERROR "a copy beyond its target is not checked")
endif()
