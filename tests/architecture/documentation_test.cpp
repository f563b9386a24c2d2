// Tests that the pages, headings and files exist which pages and comments name.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "tests/support/documentation_page.hpp"

namespace gateway {
namespace {

namespace fs = std::filesystem;

const fs::path root = GATEWAY_SOURCE_DIR;

// Returns whether the path is a product of a build or of git.
bool is_made(const fs::path& name) {
    return name == "build" || name == "run" || name == ".git";
}

// Returns the paths of all files, relative to the root.
std::vector<std::string> files() {
    std::vector<std::string> found;
    for (auto entry = fs::recursive_directory_iterator(root);
         entry != fs::recursive_directory_iterator();
         ++entry) {
        const auto name = fs::relative(entry->path(), root);
        if (entry->is_directory() && (is_made(name) || name == "tests/data")) {
            entry.disable_recursion_pending();
        } else if (entry->is_regular_file()) {
            found.push_back(name.string());
        }
    }
    return found;
}

bool is_page(const std::string& file) {
    return file.ends_with(".md");
}

bool is_source(const std::string& file) {
    for (const char* end : {".cpp", ".hpp", ".sql", ".def", ".txt", ".cmake", ".yaml"}) {
        if (file.ends_with(end)) {
            return true;
        }
    }
    return file.starts_with("script/") || file.starts_with(".ci/") ||
           file.starts_with(".githooks/");
}

std::string text_of(const std::string& file) {
    std::ifstream in(root / file);
    return {std::istreambuf_iterator<char>(in), {}};
}

// Replaces each run of blanks, line ends and comment starts by one blank, so that a citation may
// span lines.
std::string flowing(const std::string& text) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        if (text[at] != '\n' && text[at] != ' ') {
            out += text[at++];
            continue;
        }
        const bool new_line = text[at] == '\n';
        at = text.find_first_not_of(" \n", at);
        if (at == std::string::npos) {
            break;
        }
        if (new_line && (text.compare(at, 2, "//") == 0 || text.compare(at, 2, "--") == 0)) {
            at += 2;
        } else if (new_line && text[at] == '#') {
            at += 1;
        } else if (out.empty() || out.back() != ' ') {
            out += ' ';
        }
    }
    return out;
}

// Returns the end of the "docs/….md" at `begin`, or npos when there is none.
std::size_t page_end(const std::string& text, std::size_t begin) {
    const auto end = text.find_first_not_of(
        "abcdefghijklmnopqrstuvwxyz0123456789-_/ABCDEFGHIJKLMNOPQRSTUVWXYZ", begin
    );
    const bool page = end != std::string::npos && text.compare(end, 3, ".md") == 0;
    return page ? end + 3 : std::string::npos;
}

// `base/clock` stands for the pair of files.
bool is_there(const fs::path& path) {
    return fs::exists(root / path) || fs::exists(root / (path.string() + ".hpp"));
}

// A path such as "docs/decisions/NNNN-title.md" stands for any file of the pattern.
bool is_placeholder(const std::string& path) {
    return path.find("NNN") != std::string::npos || path.find("NAME") != std::string::npos ||
           path.find_first_of("<>{}$*…") != std::string::npos;
}

// Returns whether the text begins with one of the headings as complete words.
bool begins_with_heading(std::string_view text, const std::vector<std::string>& headings) {
    return std::any_of(headings.begin(), headings.end(), [&](const std::string& heading) {
        return text.starts_with(heading) &&
               (text.size() == heading.size() ||
                std::isalnum(static_cast<unsigned char>(text[heading.size()])) == 0);
    });
}

TEST(Documentation, HasEveryPageAndHeadingThatIsCited) {
    std::map<std::string, std::vector<std::string>> headings;
    std::size_t citations = 0;
    for (const auto& file : files()) {
        if (!is_page(file) && !is_source(file)) {
            continue;
        }
        const std::string text = flowing(text_of(file));
        for (auto at = text.find("docs/"); at != std::string::npos;
             at = text.find("docs/", at + 1)) {
            const auto end = page_end(text, at);
            if (end == std::string::npos) {
                continue;
            }
            const std::string page = text.substr(at, end - at);
            if (is_placeholder(page)) {
                continue;
            }
            if (!is_there(page)) {
                ADD_FAILURE() << file << " names the missing page " << page;
                continue;
            }
            const bool cites = text.compare(end, 2, ", ") == 0 && end + 2 < text.size() &&
                               std::isupper(static_cast<unsigned char>(text[end + 2])) != 0;
            if (!cites) {
                continue;
            }
            ++citations;
            auto known = headings.find(page);
            if (known == headings.end()) {
                const support::documentation_page content(root / page);
                known = headings.emplace(page, content.headings()).first;
            }
            EXPECT_TRUE(begins_with_heading(std::string_view(text).substr(end + 2), known->second))
                << file << " cites a heading that " << page
                << " lacks: " << text.substr(at, end - at + 40);
        }
    }
    EXPECT_GT(citations, 0U) << "the test checked nothing";
}

TEST(Documentation, CitesNothingOutsideTheRepository) {
    std::vector<std::string> citing;
    for (const auto& file : files()) {
        if (!is_page(file) && !is_source(file)) {
            continue;
        }
        const std::string text = flowing(text_of(file));
        // The escapes keep this file itself from having such a citation.
        for (const char* outside : {"contract \xC2\xA7", "contract's (\xC2\xA7"}) {
            if (text.find(outside) != std::string::npos) {
                citing.push_back(file);
            }
        }
    }
    EXPECT_EQ(citing, std::vector<std::string>());
}

// Returns the targets of [text](target) without those on the web.
std::vector<std::string> links(const std::string& text) {
    std::vector<std::string> found;
    for (auto at = text.find("]("); at != std::string::npos; at = text.find("](", at + 1)) {
        const auto target = text.substr(at + 2, text.find(')', at) - at - 2);
        if (target.find("://") == std::string::npos) {
            found.push_back(target);
        }
    }
    return found;
}

TEST(Documentation, HasLinksThatLeadSomewhere) {
    for (const auto& file : files()) {
        if (!is_page(file)) {
            continue;
        }
        for (const auto& link : links(support::documentation_page(root / file).text())) {
            const auto hash = link.find('#');
            const std::string path = link.substr(0, hash);
            const auto target = path.empty() ? fs::path(file) : fs::path(file).parent_path() / path;
            if (!is_there(target)) {
                ADD_FAILURE() << file << " has the dead link " << link;
            } else if (hash != std::string::npos) {
                const auto anchors = support::documentation_page(root / target).anchors();
                EXPECT_NE(
                    std::find(anchors.begin(), anchors.end(), link.substr(hash + 1)), anchors.end()
                ) << file
                  << " links to a missing heading: " << link;
            }
        }
    }
}

// Returns the names of the folders at the root.
std::set<std::string> top_folders() {
    std::set<std::string> found;
    for (const auto& entry : fs::directory_iterator(root)) {
        if (entry.is_directory() && !is_made(entry.path().filename())) {
            found.insert(entry.path().filename().string());
        }
    }
    return found;
}

// Returns the paths of files and folders in backquotes; arguments of shell commands and media types
// are left out.
std::vector<std::string> named_paths(const std::string& text, const std::set<std::string>& tops) {
    std::vector<std::string> found;
    for (auto at = text.find('`'); at != std::string::npos;) {
        const auto end = text.find('`', at + 1);
        if (end == std::string::npos) {
            break;
        }
        const auto path =
            text.substr(at + 1, std::min(end, text.find_first_of(" \n", at)) - at - 1);
        const auto slash = path.find('/');
        if (slash != std::string::npos && tops.contains(path.substr(0, slash)) &&
            !path.starts_with("text/plain") && !path.starts_with("text/html")) {
            found.push_back(path);
        }
        at = text.find('`', end + 1);
    }
    return found;
}

// A recipe must not name a moved file. The changelog describes the past and may name removed files.
TEST(Documentation, NamesFilesThatExist) {
    const auto tops = top_folders();
    for (const auto& file : files()) {
        if (!is_page(file) || file == "CHANGELOG.md") {
            continue;
        }
        for (const auto& path :
             named_paths(support::documentation_page(root / file).text(), tops)) {
            EXPECT_TRUE(is_placeholder(path) || is_there(path))
                << file << " names the missing path `" << path << '`';
        }
    }
}

// Checks the rows of docs/architecture.md that end with "`constant` in `file` |".
TEST(Documentation, NamesEachConstantWhereItIs) {
    static const std::regex row(R"(\| ((?:`\w+`(?:, )?)+) in `([^`]+)` \|)");
    static const std::regex name(R"(`(\w+)`)");
    const std::string page = text_of("docs/architecture.md");
    std::size_t seen = 0;
    for (std::sregex_iterator at(page.begin(), page.end(), row), end; at != end; ++at) {
        const std::string constants = (*at)[1];
        const std::string file = (*at)[2];
        const std::string source = text_of(file);
        for (std::sregex_iterator one(constants.begin(), constants.end(), name); one != end;
             ++one) {
            ++seen;
            const std::string constant = (*one)[1];
            EXPECT_TRUE(std::regex_search(source, std::regex("\\b" + constant + "\\b")))
                << "docs/architecture.md: " << constant << " is not in " << file;
        }
    }
    EXPECT_GT(seen, 20U) << "the test checked nothing";
}

}  // namespace
}  // namespace gateway
