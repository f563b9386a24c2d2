# The version and the commit it was built from, shown by --version, /version and the build info metric.

# Given with -DGATEWAY_COMMIT=… where there is no repository, as in the image's build.
if(NOT GATEWAY_COMMIT)
  execute_process(
    COMMAND git -C ${CMAKE_SOURCE_DIR} rev-parse --short=12 HEAD
    OUTPUT_VARIABLE GATEWAY_COMMIT
    OUTPUT_STRIP_TRAILING_WHITESPACE
    ERROR_QUIET
  )
endif()
if(NOT GATEWAY_COMMIT)
  set(GATEWAY_COMMIT "unknown")
endif()
