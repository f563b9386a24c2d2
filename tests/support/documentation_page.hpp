#pragma once

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace gateway::support {

// A Markdown page of the repository, for tests that compare it with the program.
class documentation_page {
public:
    using row = std::vector<std::string>;  // cells, without blanks around them and backquotes

    explicit documentation_page(const std::filesystem::path& path) {
        std::ifstream in(path);
        bool example = false;
        for (std::string line; std::getline(in, line);) {
            if (line.starts_with("```")) {
                example = !example;
            }
            lines_.push_back(example ? "" : line);
        }
    }

    bool empty() const { return lines_.empty(); }

    // Without the fenced examples.
    std::string text() const {
        std::string all;
        for (const auto& line : lines_) {
            all += line + '\n';
        }
        return all;
    }

    std::vector<std::string> headings() const {
        std::vector<std::string> found;
        for (const auto& line : lines_) {
            if (const auto heading = heading_of(line); !heading.empty()) {
                found.push_back(heading);
            }
        }
        return found;
    }

    // The anchors of its headings, for links of the form page.md#anchor.
    std::vector<std::string> anchors() const {
        std::vector<std::string> found;
        for (const auto& heading : headings()) {
            std::string anchor;
            for (const char c : heading) {
                const auto byte = static_cast<unsigned char>(c);
                if (c == ' ') {
                    anchor += '-';
                } else if (byte >= 0x80 || std::isalnum(byte) != 0 || c == '-' || c == '_') {
                    anchor += static_cast<char>(std::tolower(byte));
                }
            }
            found.push_back(anchor);
        }
        return found;
    }

    // The rows of the table under the heading whose first column has that name, the names of its
    // columns left out.
    std::vector<row> table(std::string_view heading, std::string_view first_column) const {
        std::vector<row> rows;
        auto line = std::find_if(lines_.begin(), lines_.end(), [&](const auto& one) {
            return heading_of(one) == heading;
        });
        if (line == lines_.end()) {
            return rows;
        }
        bool inside = false;
        for (++line; line != lines_.end() && heading_of(*line).empty(); ++line) {
            if (!line->starts_with('|')) {
                inside = false;
                continue;
            }
            auto cells = cells_of(*line);
            if (inside && !line->starts_with("|--")) {
                rows.push_back(std::move(cells));
            } else if (!inside) {
                inside = cells.front() == first_column;
            }
        }
        return rows;
    }

private:
    static std::string plain(std::string text) {
        std::erase(text, '`');
        const auto first = text.find_first_not_of(' ');
        const auto last = text.find_last_not_of(' ');
        return first == std::string::npos ? "" : text.substr(first, last - first + 1);
    }

    static std::string heading_of(const std::string& line) {
        const auto text = line.find_first_not_of('#');
        const bool heading = text != 0 && text != std::string::npos && line[text] == ' ';
        return heading ? plain(line.substr(text)) : "";
    }

    static row cells_of(const std::string& line) {
        row cells;
        std::istringstream in(line.substr(1));
        for (std::string cell; std::getline(in, cell, '|');) {
            cells.push_back(plain(cell));
        }
        return cells;
    }

    std::vector<std::string> lines_;
};

}  // namespace gateway::support
