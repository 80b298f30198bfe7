# A room is one library, its programs and its tests; these functions keep every room's CMakeLists to its list of files.
option(HOTLAP_WERROR "Warnings are errors" OFF)
option(HOTLAP_LTO "Link-time optimisation" OFF)
option(HOTLAP_FUZZ "Fuzz targets; needs clang" OFF)
set(HOTLAP_SANITIZE "" CACHE STRING "Comma-separated sanitizers, empty for none")

add_library(hotlap_build INTERFACE)
target_include_directories(hotlap_build INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(hotlap_build INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor -Woverloaded-virtual
  -Wno-missing-field-initializers  # designated initialisers leave the rest to the defaults, on purpose
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>  # false in std::string of GCC 12, https://gcc.gnu.org/PR105651
  $<$<BOOL:${HOTLAP_WERROR}>:-Werror>)
target_compile_definitions(hotlap_build INTERFACE HOTLAP_VERSION="${PROJECT_VERSION}")
if(HOTLAP_SANITIZE)
  target_compile_options(hotlap_build INTERFACE -fsanitize=${HOTLAP_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(hotlap_build INTERFACE -fsanitize=${HOTLAP_SANITIZE})
  target_compile_definitions(hotlap_build INTERFACE HOTLAP_SANITIZED)
endif()
# What is measured is optimised across files. Its objects are good for an ordinary link too, so tests do without.
set(CMAKE_CXX_COMPILE_OPTIONS_IPO -flto=auto -ffat-lto-objects)
function(hotlap_hot target)
  if(HOTLAP_LTO)
    set_target_properties(${target} PROPERTIES INTERPROCEDURAL_OPTIMIZATION ON)
  endif()
endfunction()

# What runs once, before or after the load, is not worth the compiler's longest way; CLI11 and nlohmann's JSON take it far, and
# farthest under sanitizers.
set(cold_options $<$<CONFIG:RelWithDebInfo>:-O1> $<$<CONFIG:Debug>:-O0> $<$<AND:$<CONFIG:RelWithDebInfo>,$<BOOL:${HOTLAP_LTO}>>:-fno-lto>)
function(hotlap_cold_files)
  set_source_files_properties(${ARGN} PROPERTIES COMPILE_OPTIONS "${cold_options}")
endfunction()

# Headers that many files take in, parsed once for all of them, with the options that they are compiled with.
function(hotlap_headers name options)
  add_library(${name} OBJECT ${CMAKE_SOURCE_DIR}/cmake/headers.cpp)
  target_compile_options(${name} PRIVATE ${options})
  target_link_libraries(${name} PRIVATE hotlap_build fmt::fmt Threads::Threads)
  target_precompile_headers(${name} PRIVATE <fmt/core.h> <algorithm> <array> <chrono> <cmath> <cstdint> <expected> <filesystem>
    <functional> <map> <memory> <optional> <span> <string> <string_view> <utility> <vector> ${ARGN})
endfunction()

# Of rooms only under sanitizers: elsewhere each file has to name what it uses.
if(HOTLAP_SANITIZE)
  hotlap_headers(hotlap_room_headers "")
  hotlap_headers(hotlap_cold_room_headers "${cold_options}")
endif()

# A part of a room: under sanitizers with HEADERS parsed before and several files compiled as one, for there it is the
# compiler's time that everybody waits for.
function(hotlap_part target headers)
  target_link_libraries(${target} PUBLIC hotlap_build ${room_DEPENDS} PRIVATE ${room_PRIVATE})
  if(HOTLAP_SANITIZE)
    target_precompile_headers(${target} REUSE_FROM ${headers})
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
  endif()
endfunction()

# hotlap_room(NAME [HOT] SOURCES … [ALONE …] [COLD …] DEPENDS …): the library hotlap_NAME, known as hotlap::NAME; HOT when it is
# measured, all but its COLD files. ALONE: sources that have names in common with their neighbours.
function(hotlap_room name)
  cmake_parse_arguments(PARSE_ARGV 1 room "HOT" "" "SOURCES;ALONE;COLD;DEPENDS;PRIVATE")
  set_source_files_properties(${room_ALONE} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  add_library(hotlap_${name} STATIC ${room_SOURCES} ${room_ALONE})
  add_library(hotlap::${name} ALIAS hotlap_${name})
  if(room_HOT)
    hotlap_hot(hotlap_${name})
    hotlap_part(hotlap_${name} hotlap_room_headers)
  else()
    target_compile_options(hotlap_${name} PRIVATE ${cold_options})
    hotlap_part(hotlap_${name} hotlap_cold_room_headers)
  endif()
  if(room_COLD)
    add_library(hotlap_${name}_cold OBJECT ${room_COLD})
    target_compile_options(hotlap_${name}_cold PRIVATE ${cold_options})
    hotlap_part(hotlap_${name}_cold hotlap_cold_room_headers)
    target_sources(hotlap_${name} PRIVATE $<TARGET_OBJECTS:hotlap_${name}_cold>)
  endif()
endfunction()

# hotlap_program(NAME [HOT] SOURCES … [COLD …] DEPENDS …): an installed binary.
function(hotlap_program name)
  cmake_parse_arguments(PARSE_ARGV 1 program "HOT" "" "SOURCES;COLD;DEPENDS")
  hotlap_cold_files(${program_COLD})
  list(APPEND program_SOURCES ${program_COLD})
  add_executable(${name} ${program_SOURCES})
  if(program_HOT)
    hotlap_hot(${name})
  else()
    target_compile_options(${name} PRIVATE ${cold_options})
  endif()
  target_link_libraries(${name} PRIVATE hotlap_build ${program_DEPENDS})
  install(TARGETS ${name} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endfunction()

hotlap_headers(hotlap_test_headers -O0 <gmock/gmock.h> <gtest/gtest.h> <fstream> <random> <thread>)
target_link_libraries(hotlap_test_headers PRIVATE GTest::gmock GTest::gtest)

# hotlap_tests(ROOM SOURCES … [ALONE …] DEPENDS … [LABEL unit|integration] [OPTIMISED] [BESIDE_OTHERS] [APART] [PREFIX …]
# [PROPERTIES NAME VALUE …]): one GoogleTest program, every test known to ctest, with PREFIX before its name. Under sanitizers a
# process takes longer to start than most unit tests to run, so there a program of them is one test, unless they are long ones:
# APART. What is tested is compiled as always; the tests themselves only when OPTIMISED, because that takes longer than it saves.
# Eight files are compiled as one, for a test's own lines are few beside what it includes; ALONE: sources that have names in
# common with their neighbours.
function(hotlap_tests name)
  cmake_parse_arguments(PARSE_ARGV 1 tests "OPTIMISED;BESIDE_OTHERS;APART" "LABEL;TIMEOUT;PREFIX" "SOURCES;ALONE;DEPENDS;NEEDS;PROPERTIES")
  if(NOT tests_LABEL)
    set(tests_LABEL unit)
  endif()
  if(NOT tests_TIMEOUT)
    set(tests_TIMEOUT 60)
  endif()
  add_executable(${name}_test ${tests_SOURCES} ${tests_ALONE})
  target_link_libraries(${name}_test PRIVATE hotlap_build ${tests_DEPENDS} GTest::gmock GTest::gtest_main)
  target_compile_definitions(${name}_test PRIVATE HOTLAP_SOURCE_DIR="${CMAKE_SOURCE_DIR}" HOTLAP_BIN_DIR="${CMAKE_RUNTIME_OUTPUT_DIRECTORY}")
  target_link_options(${name}_test PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fno-lto>)
  if(NOT tests_OPTIMISED)
    target_compile_options(${name}_test PRIVATE -O0)
    target_precompile_headers(${name}_test REUSE_FROM hotlap_test_headers)
  endif()
  set_target_properties(${name}_test PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
  set_source_files_properties(${tests_ALONE} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  if(tests_NEEDS)
    add_dependencies(${name}_test ${tests_NEEDS})
  endif()
  if(HOTLAP_SANITIZE AND tests_LABEL STREQUAL unit AND NOT tests_APART)
    add_test(NAME ${tests_PREFIX}${name} COMMAND ${name}_test --gtest_brief=1)
    set_tests_properties(${tests_PREFIX}${name} PROPERTIES LABELS unit TIMEOUT 300)
    return()
  endif()
  include(GoogleTest)
  # Integration tests have windows of a tenth of a second: beside each other they would starve. BESIDE_OTHERS: these do not.
  set(serial FALSE)
  if(tests_LABEL STREQUAL integration AND NOT tests_BESIDE_OTHERS)
    set(serial TRUE)
  endif()
  gtest_discover_tests(${name}_test DISCOVERY_TIMEOUT 60 DISCOVERY_MODE PRE_TEST TEST_PREFIX "${tests_PREFIX}"
    PROPERTIES LABELS ${tests_LABEL} TIMEOUT ${tests_TIMEOUT} RUN_SERIAL ${serial} ${tests_PROPERTIES})
endfunction()
