// SPDX-License-Identifier: Apache-2.0
#include "config/source.h"

#include <gtest/gtest.h>

namespace submeter::config {
namespace {

TEST(Source, LetsNoControlCharacterIntoAMessage) {
  std::vector<Problem> problems;
  const Source source("site.yaml", problems);
  source.report(Severity::kError, {3, 7}, std::string("unknown key 'ba\0ud\x1b[2J\x7f'", 24));
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems[0].to_string(), "site.yaml:3:7: error: unknown key 'ba?ud?[2J?'");
}

TEST(Source, LeavesTextInOtherScriptsAlone) {
  std::vector<Problem> problems;
  const Source source("site.yaml", problems);
  source.report(Severity::kWarning, {}, "‘Zähler’ …");
  EXPECT_EQ(problems[0].to_string(), "site.yaml: warning: ‘Zähler’ …");
}

}  // namespace
}  // namespace submeter::config
