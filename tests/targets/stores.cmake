# Tests of the database side of the targets.
hotlap_tests(target_loop
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/loop/event_loop_test.cpp
  DEPENDS hotlap::target_loop)

hotlap_tests(stores
  SOURCES
    ${CMAKE_CURRENT_LIST_DIR}/stores/backoff_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/stores/lending_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/stores/rows_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/stores/store_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/stores/store_connections_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/stores/embedded/embedded_store_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/stores/postgres/provision_sql_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/stores/postgres/statement_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/stores/tuple/iproto_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/stores/tuple/iproto_decode_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/tuplestore/change_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/tuplestore/database_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/tuplestore/provision_test.cpp
  DEPENDS hotlap::stores hotlap::tuplestore_core)

hotlap_tests(tuple_store_integration BESIDE_OTHERS
  SOURCES
    ${CMAKE_CURRENT_LIST_DIR}/stores/tuple/raw_connection.cpp
    ${CMAKE_CURRENT_LIST_DIR}/stores/tuple/request_stream.cpp
    ${CMAKE_CURRENT_LIST_DIR}/stores/tuple/running_store.cpp
    ${CMAKE_CURRENT_LIST_DIR}/stores/tuple/scripted_store.cpp
    ${CMAKE_CURRENT_LIST_DIR}/stores/tuple/outage_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/stores/tuple/link_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/stores/tuple/tuple_store_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/stores/tuple/same_answers_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/stores/tuple/same_stream_test.cpp
  ALONE
    ${CMAKE_CURRENT_LIST_DIR}/stores/tuple/broken_store_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/tuplestore/server_test.cpp
  DEPENDS hotlap::stores hotlap::tuplestore_core fmt::fmt
  NEEDS hotlap-tuplestore
  LABEL integration)

# One filled cluster for all of them, in a folder that PostgreSQL's user can reach, as long as ctest runs. By hand, each
# test fills its own.
string(SHA1 postgres_template "${CMAKE_BINARY_DIR}")
string(PREPEND postgres_template /tmp/hotlap-postgres-template-)
hotlap_tests(postgres_integration BESIDE_OTHERS TIMEOUT 120
  SOURCES
    ${CMAKE_CURRENT_LIST_DIR}/query_counts_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/stores/postgres/link_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/stores/postgres/postgres_store_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/stores/postgres/running_postgres.cpp
  ALONE
    ${CMAKE_CURRENT_LIST_DIR}/stores/tuple/running_store.cpp
  DEPENDS hotlap::stores fmt::fmt
  NEEDS hotlap-target hotlap-tuplestore
  LABEL integration
  PROPERTIES FIXTURES_REQUIRED postgres_template ENVIRONMENT HOTLAP_POSTGRES_TEMPLATE=${postgres_template})
add_test(NAME PostgresTemplate.IsRemoved COMMAND ${CMAKE_COMMAND} -E rm -rf ${postgres_template})
set_tests_properties(PostgresTemplate.IsRemoved PROPERTIES LABELS integration FIXTURES_CLEANUP postgres_template)
