#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <sstream>
#include <string>

namespace {

namespace fs = std::filesystem;

const fs::path root = GATEWAY_SOURCE_DIR;

std::string text_of(const fs::path& file) {
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
}

TEST(Image, ContainsEveryFolderOfTheBuild) {
    const std::string build = text_of(root / "CMakeLists.txt");
    std::smatch list;
    ASSERT_TRUE(std::regex_search(build, list, std::regex(R"(set\(GATEWAY_FOLDERS ([\w ]+)\))")));
    const std::string ignored = text_of(root / ".dockerignore");
    std::istringstream folders(list[1]);
    for (std::string folder; folders >> folder;) {
        EXPECT_NE(ignored.find("\n!" + folder + "\n"), std::string::npos)
            << ".dockerignore excludes " << folder;
    }
}

}  // namespace
