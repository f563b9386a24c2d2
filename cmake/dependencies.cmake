# Debian's packages only; nothing is downloaded at configure time.

find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json url)
find_package(OpenSSL 3 REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(PostgreSQL 15 REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(CLI11 REQUIRED)
find_package(spdlog REQUIRED)
find_package(prometheus-cpp CONFIG REQUIRED)

# Asio (with its TLS part) compiled once; everything that awaits links it.
add_library(gateway_asio STATIC ${CMAKE_SOURCE_DIR}/cmake/asio.cpp)
target_link_libraries(gateway_asio PUBLIC gateway_options Boost::headers Threads::Threads OpenSSL::SSL OpenSSL::Crypto)
