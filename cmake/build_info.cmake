# The version and the commit it was built from, shown by --version, /version and the build info metric.

execute_process(
  COMMAND git -C ${CMAKE_SOURCE_DIR} rev-parse --short=12 HEAD
  OUTPUT_VARIABLE GATEWAY_COMMIT
  OUTPUT_STRIP_TRAILING_WHITESPACE
  ERROR_QUIET
)
if(NOT GATEWAY_COMMIT)
  set(GATEWAY_COMMIT "unknown")
endif()
