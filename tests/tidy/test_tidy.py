# SPDX-License-Identifier: Apache-2.0
"""scripts/tidy is only worth something if it fails: each rule is broken once in a small tree of its own."""
import subprocess
from pathlib import Path

import pytest

TIDY = Path(__file__).parents[2] / "scripts/tidy"
SPDX = "// SPDX-License-Identifier: Apache-2.0\n"

README = """\
| module | one line | may use | the only place for |
|---|---|---|---|
| `base` | values | – | – |
| `core` | loop | – | – |
| `io` | streams | core | – |
| `meters` | decoding | – | – |
| `daemon` | all | all but meters | – |
"""
LINKS = {
    "base": "submeter_module(base)",
    "core": "submeter_module(core LIBRARIES spdlog::spdlog)",
    "io": "submeter_module(io MODULES core LIBRARIES PkgConfig::MODBUS)",
    "meters": "submeter_module(meters)",
    "daemon": "submeter_module(daemon MODULES core io)\ntarget_link_libraries(submeter_daemon PRIVATE PkgConfig::SYSTEMD)",
}
GOOD = """\
#include "io/port.h"

#include <modbus/modbus.h>
#include <sys/ioctl.h>

#include <vector>

#include "core/loop.h"
#include "submeter/clock.h"

// Never sleep(1), never `new int`.
const char* const kHint = "do not call time(nullptr)";
Port& operator=(const Port&) = delete;
std::unique_ptr<Port> make() { return std::unique_ptr<Port>(new Port); }
"""


@pytest.fixture
def tree(tmp_path):
    def write(name, text):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)

    write("src/README.md", README)
    for module, call in LINKS.items():
        write(f"src/{module}/CMakeLists.txt", "# SPDX-License-Identifier: Apache-2.0\n" + call + "\n")
    write("src/io/port.cc", SPDX + GOOD)
    write("include/submeter/clock.h", SPDX + "#include <chrono>\n\n#include \"submeter/time.h\"\n")
    return write


def findings(tmp_path):
    run = subprocess.run([TIDY, tmp_path], capture_output=True, text=True)
    assert run.stderr == ""
    assert run.returncode == (0 if run.stdout == "tidy: nothing to report\n" else 1)
    return run.stdout


def test_good_tree_passes(tree, tmp_path):
    assert findings(tmp_path) == "tidy: nothing to report\n"


@pytest.mark.parametrize("include, says", [
    ('#include "meters/points.h"', "io may not use meters"),
    ('#include "daemon/collector.h"', "io may not use daemon"),
    ('#include "loop.h"', "own headers are included as module/header.h"),
    ('#include "../core/loop.h"', "own headers are included as module/header.h"),
    ("#include <spdlog/spdlog.h>", "needs spdlog::spdlog, which io does not link"),
    ("#include <systemd/sd-daemon.h>", "needs PkgConfig::SYSTEMD, which io does not link"),
    ("#include <boost/asio.hpp>", "belongs to no library known here"),
])
def test_include_across_the_layers_is_found(tree, tmp_path, include, says):
    tree("src/io/bad.cc", SPDX + "\n" + include + "\n")
    assert findings(tmp_path).startswith("src/io/bad.cc:3: ")
    assert says in findings(tmp_path)


@pytest.mark.parametrize("include, says", [
    ("#include <fmt/format.h>", "a seam includes nothing of third parties"),
    ("#include <modbus/modbus.h>", "a seam includes nothing of third parties"),
    ('#include "core/loop.h"', "a seam includes only submeter/"),
])
def test_seam_that_reaches_beyond_itself_is_found(tree, tmp_path, include, says):
    tree("include/submeter/bad.h", SPDX + include + "\n")
    assert findings(tmp_path).startswith("include/submeter/bad.h:2: ")
    assert says in findings(tmp_path)


@pytest.mark.parametrize("row, says", [
    ("| `io` | streams | – | – |", "io may use '–', but its CMakeLists.txt links core"),
    ("| `io` | streams | all but core | – |", "its CMakeLists.txt links core"),
    ("", "the table has no row for module io"),
    ("| `io` | streams | core | – |\n| `attic` | old | – | – |", "there is no module attic"),
])
def test_table_that_does_not_cover_the_link_lists_is_found(tree, tmp_path, row, says):
    tree("src/README.md", README.replace("| `io` | streams | core | – |", row))
    assert says in findings(tmp_path)


def test_link_beyond_the_table_is_found(tree, tmp_path):
    tree("src/daemon/CMakeLists.txt",
         "# SPDX-License-Identifier: Apache-2.0\nsubmeter_module(daemon MODULES core io meters)\n")
    assert "daemon may use 'all but meters'" in findings(tmp_path)


@pytest.mark.parametrize("line, says", [
    ("auto t = std::chrono::steady_clock::now();", "Loop::now()"),
    ("auto t = std::chrono::system_clock::now();", "Loop::now()"),
    ("clock_gettime(CLOCK_MONOTONIC, &ts);", "Loop::now()"),
    ("auto t = time(nullptr);", "Loop::now()"),
    ("adjtimex(&state);", "Clock"),
    ("int fd = timerfd_create(CLOCK_MONOTONIC, 0);", "Clock"),
    ("usleep(10);", "nothing sleeps"),
    ("std::this_thread::sleep_for(1s);", "nothing sleeps"),
    ("int n = rand();", "Random"),
    ("std::random_device device;", "Random"),
    ('const char* home = std::getenv("HOME");', "configured by its file"),
    ("auto* port = new Port;", "unique_ptr"),
    ("delete port;", "unique_ptr"),
    ("delete[] ports;", "unique_ptr"),
    ("void* p = malloc(10);", "unique_ptr"),
    ("std::shared_ptr<Port> port;", "unique_ptr"),
    ("auto f = [=] { return port; };", "captures"),
    ("auto f = [=, this] { return port; };", "captures"),
    ("epoll_wait(fd, events, 1, 0);", "Watch"),
    ("std::thread worker(run);", "only the store"),
])
def test_call_outside_its_place_is_found(tree, tmp_path, line, says):
    tree("src/io/bad.cc", SPDX + "/* a comment\n   of two lines */\n" + line + "\n")
    assert findings(tmp_path).startswith("src/io/bad.cc:4: ")
    assert says in findings(tmp_path)


def test_call_in_its_place_passes(tree, tmp_path):
    tree("src/core/loop.cc", SPDX + "epoll_wait(fd, events, 1, 0);\n")
    assert findings(tmp_path) == "tidy: nothing to report\n"


@pytest.mark.parametrize("name, limit", [("src/io/long.h", 300), ("src/io/long.cc", 600), ("tests/long.cc", 600)])
def test_file_one_line_over_its_limit_is_found(tree, tmp_path, name, limit):
    tree(name, SPDX + "\n" * (limit - 1))
    assert findings(tmp_path) == "tidy: nothing to report\n"
    tree(name, SPDX + "\n" * limit)
    assert f"{name}:{limit + 1}: {limit + 1} lines" in findings(tmp_path)


def test_function_one_line_over_its_limit_is_found(tree, tmp_path):
    def function(lines):
        return SPDX + "int Port::count() {\n" + "  ++n;\n" * (lines - 2) + "}\n"

    tree("src/io/bad.cc", function(70))
    assert findings(tmp_path) == "tidy: nothing to report\n"
    tree("src/io/bad.cc", function(71))
    assert "src/io/bad.cc:2: count has 71 lines" in findings(tmp_path)


@pytest.mark.parametrize("name", ["src/io/bad.h", "tests/bad.py", "cmake/bad.cmake", "src/io/deep/CMakeLists.txt"])
def test_source_without_licence_is_found(tree, tmp_path, name):
    tree(name, "\n")
    assert f"{name}:1: the first lines lack" in findings(tmp_path)


def test_script_without_licence_is_found(tree, tmp_path):
    tree("scripts/run", "#!/bin/sh\nset -e\n")
    assert "scripts/run:1: the first lines lack" in findings(tmp_path)


@pytest.mark.parametrize("word", ["TO" "DO", "FIX" "ME"])
def test_unfinished_work_is_found(tree, tmp_path, word):
    tree("docs/notes.md", f"All is well.\n{word}: but this\n")
    assert f"docs/notes.md:2: {word}" in findings(tmp_path)
