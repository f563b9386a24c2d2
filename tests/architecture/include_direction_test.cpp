// The house's one-way streets: who may include whom, and which folder alone knows a heavy library.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

const fs::path root = GATEWAY_SOURCE_DIR;

// Folder -> folders it may include beside itself and config/.
const std::map<std::string, std::set<std::string>> permitted = {
    {"config", {}},
    {"net", {}},
    {"redemption", {}},
    {"codec", {"redemption"}},
    {"journal", {"redemption", "codec"}},
    {"platform_clients/taobao", {"redemption", "codec", "net", "platform_clients"}},
    {"platform_clients/alipay", {"redemption", "codec", "net", "platform_clients"}},
    {"platform_clients", {"redemption", "codec", "net"}},
    {"handlers", {"redemption", "codec", "net"}},
    {"server",
     {"handlers",
      "redemption",
      "codec",
      "net",
      "journal",
      "platform_clients",
      "platform_clients/taobao",
      "platform_clients/alipay"}},
    {"simulator", {"net"}},
};

// Only server/app (the composition root and its parts) knows everybody; the rest of server/ sees
// handlers and core.
bool is_composition(const fs::path& file) {
    return file.filename().string().starts_with("app");
}

struct owned {
    const char* prefix;  // of an included header
    std::vector<std::string> by;
};

const owned heavy[] = {
    {"prometheus/", {"server/observe", "server/open_metrics", "server/metrics"}},
    {"yaml-cpp/", {"config/", "simulator/"}},
    {"sqlite3.h", {"journal/"}},
    {"boost/beast", {"net/"}},
    {"boost/asio/ssl/stream.hpp", {"net/"}},
    {"spdlog/", {"server/"}},
    {"CLI/", {"server/", "simulator/"}},
    {"boost/json", {"codec/", "handlers/", "platform_clients/", "simulator/", "journal/"}},
};

std::string folder_of(const std::string& path) {
    for (const char* deep : {"platform_clients/taobao", "platform_clients/alipay"}) {
        if (path.starts_with(std::string(deep) + '/')) {
            return deep;
        }
    }
    return path.substr(0, path.find('/'));
}

std::vector<fs::path> sources() {
    std::vector<fs::path> files;
    for (const auto& [folder, _] : permitted) {
        if (!fs::exists(root / folder)) {
            continue;
        }
        for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
            const auto extension = entry.path().extension();
            if (extension == ".cpp" || extension == ".hpp") {
                files.push_back(entry.path());
            }
        }
    }
    return files;
}

void for_each_include(
    const fs::path& file, const std::function<void(const std::string&, bool)>& visit
) {
    static const std::regex include(R"(^\s*#include\s*([<"])([^>"]+)[>"])");
    std::ifstream in(file);
    std::string line;
    std::smatch found;
    while (std::getline(in, line)) {
        if (std::regex_search(line, found, include)) {
            visit(found[2], found[1] == "\"");
        }
    }
}

TEST(Includes, RunOneWay) {
    std::size_t seen = 0;
    for (const auto& file : sources()) {
        const auto name = fs::relative(file, root).string();
        const auto from = folder_of(name);
        for_each_include(file, [&](const std::string& header, bool ours) {
            if (!ours) {
                return;
            }
            ++seen;
            const auto to = folder_of(header);
            EXPECT_TRUE(fs::exists(root / header))
                << name << " includes " << header << " not by its path from the root";
            const bool allowed = to == from || to == "config" || permitted.at(from).contains(to);
            EXPECT_TRUE(allowed) << name << " includes " << header;
            const bool needs_composition =
                from == "server" && (to == "journal" || to.starts_with("platform_clients"));
            EXPECT_TRUE(!needs_composition || is_composition(file))
                << name << " includes " << header << ": only server/app* may";
        });
    }
    EXPECT_GT(seen, 100U) << "the test looked at nothing";
}

TEST(Includes, KeepHeavyLibrariesInTheirRooms) {
    for (const auto& file : sources()) {
        const auto name = fs::relative(file, root).string();
        for_each_include(file, [&](const std::string& header, bool) {
            for (const auto& library : heavy) {
                if (!header.starts_with(library.prefix)) {
                    continue;
                }
                const bool at_home =
                    std::any_of(library.by.begin(), library.by.end(), [&](const auto& room) {
                        return name.starts_with(room);
                    });
                EXPECT_TRUE(at_home) << name << " includes <" << header << ">";
            }
        });
    }
}

TEST(Sources, SpawnNothingDetached) {
    for (const auto& file : sources()) {
        std::ifstream in(file);
        const std::string text((std::istreambuf_iterator<char>(in)), {});
        EXPECT_EQ(text.find("asio::detached"), std::string::npos) << file << " swallows exceptions";
    }
}

}  // namespace
