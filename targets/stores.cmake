# The database side of the targets: the event loop, the stores that pages see, and the tuple store's server.
hotlap_room(target_loop HOT
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/loop/event_loop.cpp
  DEPENDS hotlap::base)

# Tarantool's protocol, by both sides.
hotlap_room(iproto HOT
  SOURCES
    ${CMAKE_CURRENT_LIST_DIR}/stores/tuple/frame.cpp
    ${CMAKE_CURRENT_LIST_DIR}/stores/tuple/input_buffer.cpp
    ${CMAKE_CURRENT_LIST_DIR}/stores/tuple/iproto.cpp
    ${CMAKE_CURRENT_LIST_DIR}/stores/tuple/msgpack.cpp
    ${CMAKE_CURRENT_LIST_DIR}/stores/tuple/request.cpp
    ${CMAKE_CURRENT_LIST_DIR}/stores/tuple/response.cpp
  DEPENDS hotlap::base
  PRIVATE fmt::fmt OpenSSL::Crypto)

hotlap_room(tuplestore_core HOT
  SOURCES
    ${CMAKE_CURRENT_LIST_DIR}/tuplestore/answer.cpp
    ${CMAKE_CURRENT_LIST_DIR}/tuplestore/change.cpp
    ${CMAKE_CURRENT_LIST_DIR}/tuplestore/database.cpp
    ${CMAKE_CURRENT_LIST_DIR}/tuplestore/index.cpp
    ${CMAKE_CURRENT_LIST_DIR}/tuplestore/page_procedures.cpp
    ${CMAKE_CURRENT_LIST_DIR}/tuplestore/procedures.cpp
    ${CMAKE_CURRENT_LIST_DIR}/tuplestore/provision.cpp
    ${CMAKE_CURRENT_LIST_DIR}/tuplestore/schema.cpp
    ${CMAKE_CURRENT_LIST_DIR}/tuplestore/server.cpp
    ${CMAKE_CURRENT_LIST_DIR}/tuplestore/tuple_space.cpp
  DEPENDS hotlap::base hotlap::target_loop hotlap::iproto
  PRIVATE fmt::fmt OpenSSL::Crypto)

hotlap_room(stores HOT
  SOURCES
    ${CMAKE_CURRENT_LIST_DIR}/stores/lending.cpp
    ${CMAKE_CURRENT_LIST_DIR}/stores/store.cpp
    ${CMAKE_CURRENT_LIST_DIR}/stores/embedded/embedded_store.cpp
    ${CMAKE_CURRENT_LIST_DIR}/stores/postgres/connection.cpp
    ${CMAKE_CURRENT_LIST_DIR}/stores/postgres/document.cpp
    ${CMAKE_CURRENT_LIST_DIR}/stores/postgres/link.cpp
    ${CMAKE_CURRENT_LIST_DIR}/stores/postgres/page_procedures.cpp
    ${CMAKE_CURRENT_LIST_DIR}/stores/postgres/postgres_store.cpp
    ${CMAKE_CURRENT_LIST_DIR}/stores/postgres/provision_sql.cpp
    ${CMAKE_CURRENT_LIST_DIR}/stores/postgres/sqlstate.cpp
    ${CMAKE_CURRENT_LIST_DIR}/stores/postgres/statement.cpp
    ${CMAKE_CURRENT_LIST_DIR}/stores/postgres/tables.cpp
    ${CMAKE_CURRENT_LIST_DIR}/stores/tuple/tuple_store.cpp
  ALONE
    ${CMAKE_CURRENT_LIST_DIR}/stores/store_connections.cpp
    ${CMAKE_CURRENT_LIST_DIR}/stores/tuple/blocking_link.cpp
    ${CMAKE_CURRENT_LIST_DIR}/stores/tuple/link.cpp
  DEPENDS hotlap::base hotlap::target_loop hotlap::iproto hotlap::tuplestore_core
  PRIVATE fmt::fmt nlohmann_json::nlohmann_json PostgreSQL::libpq)

hotlap_program(hotlap-tuplestore HOT
  COLD ${CMAKE_CURRENT_LIST_DIR}/tuplestore/main.cpp
  DEPENDS hotlap::stores hotlap::tuplestore_core CLI11::CLI11 fmt::fmt)
