// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/publish/local_broker.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <utility>

#include "core/unique_fd.h"
#include "submeter/check.h"

namespace submeter::publish {
namespace {

core::UniqueFd tcp_socket() {
  return core::UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

}  // namespace

TemporaryDirectory::TemporaryDirectory() {
  std::string pattern = (std::filesystem::temp_directory_path() / "submeter-publish-XXXXXX").string();
  SUBMETER_CHECK(::mkdtemp(pattern.data()) != nullptr);
  path_ = pattern;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TemporaryDirectory::write(const std::string& name, const std::string& content) const {
  std::ofstream(file(name)) << content;
  return file(name);
}

bool run_command(const TemporaryDirectory& directory, const std::string& command) {
  return std::system((command + " >>" + directory.file("commands.log") + " 2>&1").c_str()) == 0;
}

std::string output_of(const std::string& command) {
  const auto close = [](FILE* pipe) { ::pclose(pipe); };
  const std::unique_ptr<FILE, decltype(close)> pipe(::popen(command.c_str(), "r"), close);
  std::string output;
  std::array<char, 512> chunk{};
  while (std::fgets(chunk.data(), chunk.size(), pipe.get()) != nullptr) output += chunk.data();
  return output;
}

Child::Child(const std::vector<std::string>& arguments, const std::string& log_file) : pid_(::fork()) {
  SUBMETER_CHECK(pid_ >= 0);
  if (pid_ > 0) return;
  const int log = ::open(log_file.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  ::dup2(::open("/dev/null", O_RDONLY), STDIN_FILENO);
  ::dup2(log, STDOUT_FILENO);
  ::dup2(log, STDERR_FILENO);
  std::vector<char*> argv;
  argv.reserve(arguments.size() + 1);
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  ::execvp(argv[0], argv.data());
  ::_exit(127);
}

void Child::end() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGTERM);
  ::waitpid(std::exchange(pid_, 0), nullptr, 0);
}

std::uint16_t free_port() {
  const core::UniqueFd socket = tcp_socket();
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  SUBMETER_CHECK(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
  SUBMETER_CHECK(::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
  return ntohs(address.sin_port);
}

bool wait_for_listener(std::uint16_t port) {
  const sockaddr_in address = loopback(port);
  for (int attempt = 0; attempt < 500; ++attempt) {
    const core::UniqueFd socket = tcp_socket();
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
      return true;
    ::poll(nullptr, 0, 20);
  }
  return false;
}

TestCa::TestCa(const TemporaryDirectory& directory, std::string name)
    : directory_(directory), name_(std::move(name)), certificate_(directory.file(name_ + ".pem")) {
  const std::string base = directory_.file(name_);
  directory_.write(name_ + ".cnf", "[ca]\ndefault_ca=d\n[d]\ndatabase=" + base +
                                       ".db\nnew_certs_dir=" + directory_.file("") +
                                       "\nrand_serial=yes\ndefault_md=sha256\npolicy=p\n" +
                                       "copy_extensions=copy\nunique_subject=no\n[p]\ncommonName=supplied\n");
  directory_.write(name_ + ".db", "");
  SUBMETER_CHECK(run_command(directory_,
                             "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 "
                             "-nodes -days 3650 -subj '/CN=" +
                                 name_ + "' -keyout " + base + ".key -out " + certificate_));
}

void TestCa::run_ca(const std::string& words) {
  SUBMETER_CHECK(run_command(directory_, "openssl ca -batch -notext -config " +
                                             directory_.file(name_ + ".cnf") + " -cert " + certificate_ +
                                             " -keyfile " + directory_.file(name_ + ".key") + " " + words));
}

CertificateFiles TestCa::issue(const std::string& name, const std::string& alternative_name,
                               const std::string& not_before, const std::string& not_after,
                               const Strength& strength) {
  const std::string base = directory_.file(name_ + "-" + std::to_string(++issued_));
  SUBMETER_CHECK(run_command(directory_, "openssl req -newkey " + strength.key + " -nodes -subj '/CN=" +
                                             name + "' -addext subjectAltName=" + alternative_name +
                                             " -keyout " + base + ".key -out " + base + ".csr"));
  run_ca("-in " + base + ".csr -out " + base + ".pem -md " + strength.digest + " -startdate " + not_before +
         " -enddate " + not_after);
  return {base + ".pem", base + ".key"};
}

void TestCa::revoke(const CertificateFiles& issued) {
  run_ca("-revoke " + issued.certificate);
}

std::string TestCa::crl(const std::string& last_update, const std::string& next_update) {
  const std::string file = directory_.file(name_ + ".crl");
  run_ca("-gencrl -crl_lastupdate " + last_update + " -crl_nextupdate " + next_update + " -out " + file);
  return output_of("cat " + file);
}

}  // namespace submeter::publish
