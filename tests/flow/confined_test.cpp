// Tests of the program in a hardened container: an arbitrary uid, a read-only root file system, no
// capabilities.
#include <gtest/gtest.h>

#include <csignal>
#include <fstream>
#include <sstream>

#include "world.hpp"

namespace gateway::flow {
namespace {

constexpr const char* uid = "54321";

// Keeps only the folder $0 writable and executes the arguments after it.
const std::string confine =
    "set -e\n"
    "chown -R 54321:54321 \"$0\"\n"
    "mount --bind \"$0\" \"$0\"\n"
    "mount -o remount,bind,ro /\n"
    "exec setpriv --reuid=54321 --regid=54321 --clear-groups --bounding-set=-all --no-new-privs "
    "\"$@\"\n";

std::vector<std::string> confined_to(const std::filesystem::path& folder) {
    return {"/usr/bin/unshare", "--mount", "/bin/sh", "-c", confine, folder.string()};
}

// Returns the reason why this machine cannot run the test; empty when it can.
std::string obstacle(const std::filesystem::path& folder) {
    auto command = confined_to(folder);
    for (const auto& path : {GATEWAY_BIN_DIR "/redemption-gateway", GATEWAY_TEST_DATA "/alipay"}) {
        auto test = command;
        test.insert(test.end(), {"/usr/bin/test", "-r", path, "-a", "-x", path});
        child_process tried(test.front(), {test.begin() + 1, test.end()});
        if (tried.wait_exit() != 0) {
            return "as uid " + std::string(uid) + " with a read-only root, " + path +
                   " can't be used: " + tried.output();
        }
    }
    return {};
}

// Returns the options of the last mount on `/`.
std::string root_options(const std::string& mounts) {
    std::istringstream lines(mounts);
    std::string found;
    for (std::string device, at, kind, options, rest;
         lines >> device >> at >> kind >> options && std::getline(lines, rest);) {
        found = at == "/" ? options : found;
    }
    return found;
}

std::string file_text(const std::string& path) {
    std::ostringstream all;
    all << std::ifstream(path).rdbuf();
    return all.str();
}

TEST(Confined, RunsAsAnyUidOnAReadOnlyRoot) {
    world_options options;
    options.start_gateway_now = false;
    world w(options);
    if (const auto why = obstacle(w.folder); !why.empty()) {
        GTEST_SKIP() << why;
    }
    w.gateway_runner = confined_to(w.folder);
    w.start_gateway();
    const auto process = "/proc/" + std::to_string(w.gateway->pid());
    EXPECT_NE(file_text(process + "/status").find("Uid:\t54321\t54321"), std::string::npos);
    EXPECT_NE(file_text(process + "/status").find("CapBnd:\t0000000000000000"), std::string::npos);
    EXPECT_TRUE(root_options(file_text(process + "/mounts")).starts_with("ro"));

    EXPECT_EQ(w.post("voucher", voucher_body("confined1")).status, 200U);
    EXPECT_EQ(w.post("ticket", ticket_body("1753340805138549001")).status, 200U);
    EXPECT_EQ(w.post("codes", eticket_body("1753340805138549002")).status, 200U);
    EXPECT_EQ(w.admin("/readyz").status, 200U);
    EXPECT_EQ(w.stop_gateway(), 0);
    EXPECT_EQ(w.executed_in_all(), 3);
}

}  // namespace
}  // namespace gateway::flow
