# Every library from Debian 12; tools/packages names the packages they come in.
find_package(Threads REQUIRED)
find_package(CLI11 REQUIRED)
find_package(fmt REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto SSL)
find_package(ZLIB REQUIRED)
find_library(PQ_LIBRARY pq REQUIRED)
find_path(PQ_INCLUDE_DIR libpq-fe.h PATH_SUFFIXES postgresql REQUIRED)
add_library(PostgreSQL::libpq UNKNOWN IMPORTED GLOBAL)
set_target_properties(PostgreSQL::libpq PROPERTIES IMPORTED_LOCATION ${PQ_LIBRARY}
  INTERFACE_INCLUDE_DIRECTORIES ${PQ_INCLUDE_DIR})
find_package(GTest REQUIRED)
find_library(CTEMPLATE_LIBRARY ctemplate REQUIRED)
find_library(URING_LIBRARY uring REQUIRED)

find_library(LUAJIT_LIBRARY luajit-5.1 REQUIRED)
find_path(LUAJIT_INCLUDE_DIR luajit.h PATH_SUFFIXES luajit-2.1 REQUIRED)
add_library(LuaJIT::LuaJIT UNKNOWN IMPORTED GLOBAL)
set_target_properties(LuaJIT::LuaJIT PROPERTIES IMPORTED_LOCATION ${LUAJIT_LIBRARY}
  INTERFACE_INCLUDE_DIRECTORIES ${LUAJIT_INCLUDE_DIR})
