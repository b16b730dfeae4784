# SPDX-License-Identifier: Apache-2.0
# One static library a module. MODULES are the modules it may use and LIBRARIES the third-party libraries it
# hides: this link list is the architecture of src/README.md, and scripts/tidy holds the includes against it.
function(submeter_module name)
  cmake_parse_arguments(ARG "" "" "MODULES;LIBRARIES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  list(FILTER sources EXCLUDE REGEX "/main\\.cc$")
  add_library(submeter_${name} STATIC ${sources})
  target_include_directories(submeter_${name} PUBLIC ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)
  if(NOT name STREQUAL base)
    list(PREPEND ARG_MODULES base)
  endif()
  list(TRANSFORM ARG_MODULES PREPEND submeter_)
  target_link_libraries(submeter_${name} PUBLIC ${ARG_MODULES} fmt::fmt PRIVATE submeter_flags ${ARG_LIBRARIES})
endfunction()

# Gives SUBMETER_SOURCE_DIR to those of the sources that name it: only they are compiled anew in another checkout.
function(submeter_source_dir)
  foreach(source ${ARGN})
    file(STRINGS ${source} mentions LIMIT_COUNT 1 REGEX SUBMETER_SOURCE_DIR)
    if(mentions)
      set_source_files_properties(${source} PROPERTIES COMPILE_DEFINITIONS SUBMETER_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
    endif()
  endforeach()
endfunction()

# The unit tests of one module: every .cc of its folder, in one program. Tests of modules that meet other threads
# are labelled `unit-threads`: they also run under the thread sanitizer.
function(submeter_unit_tests name)
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/unit/${name}/*.cc)
  if(NOT sources)
    return()
  endif()
  add_executable(unit_${name} ${sources})
  target_link_libraries(unit_${name} PRIVATE submeter_${name} submeter_support submeter_flags GTest::gtest_main ${ARGN})
  submeter_source_dir(${sources})
  set(label unit)
  if(name MATCHES "^(core|store|publish)$")
    set(label unit-threads)
    add_dependencies(thread_tests unit_${name})
  endif()
  gtest_discover_tests(unit_${name} PROPERTIES TIMEOUT 120 LABELS ${label})
endfunction()
