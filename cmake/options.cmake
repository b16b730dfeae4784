# SPDX-License-Identifier: Apache-2.0
# What a build may choose: tests, all that gates a change, warnings as errors, a sanitizer.
option(SUBMETER_TESTS "Build the tests" ON)
option(SUBMETER_GATE "Add what scripts/test runs besides the tests: formatting, clang-tidy, sanitizers, the package" OFF)
option(SUBMETER_BENCH "Build the programs of bench/" OFF)
option(SUBMETER_FUZZ "Build the targets of tests/fuzz as fuzzers; needs clang" OFF)
option(SUBMETER_WERROR "Treat warnings as errors" ON)
set(SUBMETER_SANITIZE "" CACHE STRING "Sanitizers to build with: address,undefined or thread")

add_library(submeter_flags INTERFACE)
target_compile_options(submeter_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion
                       $<$<BOOL:${SUBMETER_WERROR}>:-Werror>)
if(SUBMETER_SANITIZE)
  target_compile_options(submeter_flags INTERFACE -fsanitize=${SUBMETER_SANITIZE} -fno-omit-frame-pointer
                         -fno-sanitize-recover=all)
  target_link_options(submeter_flags INTERFACE -fsanitize=${SUBMETER_SANITIZE})
endif()

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()
