// The commands on the pages for callers and operators do what the pages say, as they are written.

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "world.hpp"

namespace gateway::flow {
namespace {

std::string page(const std::string& path) {
    std::ifstream in(std::string(GATEWAY_SOURCE_DIR) + "/" + path);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

bool is_open(const std::string& command) {
    return command.ends_with('\\') || std::count(command.begin(), command.end(), '\'') % 2 == 1;
}

// The curl commands of a page's code blocks, each with its continued lines.
std::vector<std::string> curl_commands(const std::string& text) {
    std::vector<std::string> found;
    bool inside = false;
    for (std::size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find('\n', at), text.size());
        const auto line = text.substr(at, end - at);
        at = end + 1;
        if (inside) {
            found.back() += '\n' + line;
        } else if (line.starts_with("curl ")) {
            found.push_back(line);
        }
        inside = !found.empty() && (inside || line.starts_with("curl ")) && is_open(found.back());
    }
    return found;
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size())) {
        text.replace(at, what.size(), by);
    }
    return text;
}

class Pages : public testing::Test {
protected:
    Pages() {
        options.gateway_extra =
            "callers:\n"
            "  - name: pos\n"
            "    token_sha256: "
            "\"744ae1aa6bd53faa387e2f9489bfa9d881698e9674f4f67d079edc8f7a7c2285\"\n"
            "    roles: [redeem, read]\n"
            "  - name: ops\n"
            "    token_sha256: "
            "\"d9310c002af91822beb0b3487d8b04f85bf6bf1f8a5496bff7d35fc7c5a29def\"\n"
            "    roles: [operator, read]\n";
    }

    // The status of the command's answer.
    static std::string run(const world& w, const std::string& command, const std::string& id = {}) {
        const child_process_environment variables{
            {"GATEWAY", "http://127.0.0.1:" + std::to_string(w.api_port)},
            {"ADMIN", "http://127.0.0.1:" + std::to_string(w.admin_port)},
            {"TOKEN", "ops-token"},
            {"ACCOUNT", "fliggy"},
            {"ID", id}
        };
        child_process shell(
            "/bin/bash", {"-c", command + " -s -o /dev/null -w 'status=%{http_code}.'"}, variables
        );
        const auto status = shell.wait_for("status=([0-9]+)\\.");
        return status.value_or("none: " + shell.output());
    }

    using child_process_environment = std::map<std::string, std::string>;
    world_options options;
};

TEST_F(Pages, TheOperatorsCommandsResolveAnUnknownRedemption) {
    world w(options);
    const auto commands = curl_commands(page("docs/operations.md"));
    ASSERT_GE(commands.size(), 4U);
    int order = 0;
    for (const auto& command : commands) {
        SCOPED_TRACE(command);
        std::string id;
        if (command.find("$ID") != std::string::npos) {
            w.fault(R"({"fault":"reset-after-reading","times":1})");
            const auto number = std::to_string(1753340805138544200 + order++);
            const auto unknown = w.post(
                "pages " + number, ticket_body(number), {{"Authorization", "Bearer pos-token"}}
            );
            id = json_of(unknown).at("id").as_string();
            ASSERT_EQ(json_of(unknown).at("state").as_string(), "unknown") << unknown.body;
        }
        const auto status = run(w, command, id);
        EXPECT_EQ(status, command.find("/retry") != std::string::npos ? "202" : "200");
    }
    EXPECT_GE(order, 3);
}

TEST_F(Pages, TheCallersExamplesRedeem) {
    std::size_t run_commands = 0;
    for (const auto* path : {"README.md", "docs/api.md"}) {
        const world w;
        for (const auto& command : curl_commands(page(path))) {
            SCOPED_TRACE(command);
            const auto address = "127.0.0.1:" + std::to_string(w.api_port);
            EXPECT_EQ(run(w, replaced(command, "127.0.0.1:8080", address)), "200");
            ++run_commands;
        }
    }
    EXPECT_GE(run_commands, 4U);
}

// Both lists, of which certificate_type 1 needs one.
TEST_F(Pages, TheExampleOfThePlatformsOwnDocumentIsSent) {
    const world w;
    const auto sent = w.post(
        "sample",
        R"({"method":"taobao.eticket.merchant.ma.send","params":{)"
        R"("biz_type":3001,"outer_id":"1753340805138544",)"
        R"("token":"31231231231","certificate_type":1,)"
        R"("group_redeem":true,"isv_ma_list":[{"code":"abc123",)"
        R"("num":1,"qr_image":"111.png"}],"isv_ka_list":{"ka_no":)"
        R"("1a2b3c4d","ka_mi":"abc12345678","num":1}}})"
    );
    EXPECT_EQ(sent.status, 200U) << sent.body;
    EXPECT_EQ(w.executed("1753340805138544"), 1);
}

}  // namespace
}  // namespace gateway::flow
