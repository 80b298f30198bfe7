# A room is one library, its programs and its tests; these functions keep every room's CMakeLists to its list of files.
option(HOTLAP_WERROR "Warnings are errors" OFF)
option(HOTLAP_LTO "Link-time optimisation" OFF)
option(HOTLAP_FUZZ "Fuzz targets; needs clang" OFF)
set(HOTLAP_SANITIZE "" CACHE STRING "Comma-separated sanitizers, empty for none")

add_library(hotlap_build INTERFACE)
target_include_directories(hotlap_build INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(hotlap_build INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor -Woverloaded-virtual
  -Wno-missing-field-initializers  # designated initialisers leave the rest to the defaults, on purpose
  $<$<BOOL:${HOTLAP_WERROR}>:-Werror>)
target_compile_definitions(hotlap_build INTERFACE HOTLAP_VERSION="${PROJECT_VERSION}")
if(HOTLAP_SANITIZE)
  target_compile_options(hotlap_build INTERFACE -fsanitize=${HOTLAP_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(hotlap_build INTERFACE -fsanitize=${HOTLAP_SANITIZE})
endif()
if(HOTLAP_LTO)
  set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ON)
endif()

# hotlap_room(NAME [INTERFACE] SOURCES … DEPENDS …): the library hotlap_NAME, known as hotlap::NAME.
function(hotlap_room name)
  cmake_parse_arguments(PARSE_ARGV 1 room "" "" "SOURCES;DEPENDS;PRIVATE")
  add_library(hotlap_${name} STATIC ${room_SOURCES})
  add_library(hotlap::${name} ALIAS hotlap_${name})
  target_link_libraries(hotlap_${name} PUBLIC hotlap_build ${room_DEPENDS} PRIVATE ${room_PRIVATE})
endfunction()

# hotlap_program(NAME SOURCES … DEPENDS …): an installed binary.
function(hotlap_program name)
  cmake_parse_arguments(PARSE_ARGV 1 program "" "" "SOURCES;DEPENDS")
  add_executable(${name} ${program_SOURCES})
  target_link_libraries(${name} PRIVATE hotlap_build ${program_DEPENDS})
  install(TARGETS ${name} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endfunction()

# hotlap_tests(ROOM SOURCES … DEPENDS … [LABEL unit|integration]): one GoogleTest program, every test known to ctest.
function(hotlap_tests name)
  cmake_parse_arguments(PARSE_ARGV 1 tests "" "LABEL;TIMEOUT" "SOURCES;DEPENDS;NEEDS")
  if(NOT tests_LABEL)
    set(tests_LABEL unit)
  endif()
  if(NOT tests_TIMEOUT)
    set(tests_TIMEOUT 60)
  endif()
  add_executable(${name}_test ${tests_SOURCES})
  target_link_libraries(${name}_test PRIVATE hotlap_build ${tests_DEPENDS} GTest::gmock GTest::gtest_main)
  target_compile_definitions(${name}_test PRIVATE HOTLAP_SOURCE_DIR="${CMAKE_SOURCE_DIR}" HOTLAP_BIN_DIR="${CMAKE_RUNTIME_OUTPUT_DIRECTORY}")
  if(tests_NEEDS)
    add_dependencies(${name}_test ${tests_NEEDS})
  endif()
  include(GoogleTest)
  # Integration tests have windows of a tenth of a second: beside each other they would starve.
  set(serial FALSE)
  if(tests_LABEL STREQUAL integration)
    set(serial TRUE)
  endif()
  gtest_discover_tests(${name}_test DISCOVERY_TIMEOUT 60 DISCOVERY_MODE PRE_TEST
    PROPERTIES LABELS ${tests_LABEL} TIMEOUT ${tests_TIMEOUT} RUN_SERIAL ${serial})
endfunction()
