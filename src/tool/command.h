// SPDX-License-Identifier: Apache-2.0
// A command of `submeter`. Each has one file, `<name>_command.{h,cc}`, which offers
//
//   std::unique_ptr<Command> make_<name>_command();
//
// and main.cc holds the list. A command keeps the options its user gave as members, so it lives as long as
// the parser that fills them. SPEC section 9.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace submeter::tool {

/// What the shell is told.
enum class ExitCode : int {
  kFine = 0,
  kFinding = 1,         ///< It worked, and there is something to look at; or it failed.
  kUsage = 2,           ///< The command line was wrong.
  kNoAnswer = 3,        ///< The meter, or the daemon, did not answer.
  kConfiguration = 78,  ///< The configuration has errors.
};

class Command {
 public:
  virtual ~Command() = default;
  /// Makes this the subcommand `name()` of `app`. When it is the one called, parsing ends in run(), whose
  /// result is put into `exit_code`; both outlive the parsing.
  void add_to(CLI::App& app, ExitCode& exit_code);

 private:
  /// "simulate"
  virtual std::string name() const = 0;
  /// One line for `submeter --help`.
  virtual std::string summary() const = 0;
  /// Declares options and arguments, bound to members.
  virtual void declare(CLI::App& command) = 0;
  /// Does the work; the options are set. Failures are told on standard error, never thrown.
  virtual ExitCode run() = 0;
};

}  // namespace submeter::tool
