// SPDX-License-Identifier: Apache-2.0
// A real Mosquitto on a free loopback port, certificates made by the openssl command, all in a temporary
// directory.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace submeter::publish {

/// A directory that goes with its owner.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  std::string file(const std::string& name) const { return (path_ / name).string(); }
  std::string write(const std::string& name, const std::string& content) const;

 private:
  std::filesystem::path path_;
};

/// Runs a shell command; what it prints goes to a log file in the directory. True: exit code 0.
bool run_command(const TemporaryDirectory& directory, const std::string& command);
/// What a shell command prints.
std::string output_of(const std::string& command);

/// A child process, ended by its id.
class Child {
 public:
  explicit Child(const std::vector<std::string>& arguments, const std::string& log_file);
  ~Child() { end(); }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  void end();

 private:
  pid_t pid_;
};

std::uint16_t free_port();
/// Waits until something listens on the port, at most ten seconds.
bool wait_for_listener(std::uint16_t port);

struct CertificateFiles {
  std::string certificate;
  std::string key;
};

/// How good a certificate's cryptography is, in the words of openssl.
struct Strength {
  std::string key = "ec -pkeyopt ec_paramgen_curve:prime256v1";
  std::string digest = "sha256";
};

/// A certification authority for one test.
class TestCa {
 public:
  static constexpr const char* kPast = "20200101000000Z";
  static constexpr const char* kFuture = "20980101000000Z";
  static constexpr const char* kFarFuture = "20990101000000Z";

  TestCa(const TemporaryDirectory& directory, std::string name);
  const std::string& certificate() const { return certificate_; }
  /// `alternative_name`: "DNS:localhost", "IP:127.0.0.1".
  CertificateFiles issue(const std::string& name, const std::string& alternative_name,
                         const std::string& not_before = kPast, const std::string& not_after = kFarFuture,
                         const Strength& strength = {});
  void revoke(const CertificateFiles& issued);
  /// The CRL of today, as PEM.
  std::string crl(const std::string& last_update = kPast, const std::string& next_update = kFarFuture);

 private:
  /// `openssl ca` with these words.
  void run_ca(const std::string& words);

  const TemporaryDirectory& directory_;
  std::string name_;
  std::string certificate_;
  int issued_ = 0;
};

}  // namespace submeter::publish
