#include "config/settings_reference.hpp"

#include <string_view>
#include <vector>

#include "config/knobs.hpp"

namespace gateway::config {
namespace {

constexpr std::string_view introduction =
    R"(# Configuration

`redemption-gateway --config FILE` reads one YAML file; `--check-config` only checks it and the files
that it names, and exits. Both report every fault of the file at once, each with its line. Commented
examples: `config/gateway.example.yaml` for production, `config/demo.yaml` for `script/run`.

- Unknown and repeated keys are faults, and so are anchors, aliases and tags.
- A duration is a whole number and its unit without a space: `500ms`, `10s`, `5m`, `2h`, `90d`.
- A size is a number of bytes, or a number and `B`, `KiB`, `MiB` or `GiB` without a space.
- `${NAME}` inside a value stands for the environment variable. Inside `{ }` it must be quoted.
- This file never holds a secret, but the path of the secret's file. A relative path starts at the
  folder of the configuration file. A path from the environment must start with `/`, `./` or a
  folder (`${FOLDER}/key`), because anything else may be the secret itself. For the
  same reason a message about a path that leads to no file names the folder only.

`redemption-gateway --config-reference` generates this page from the tables that read the file.
)";

// A bar would end the cell.
std::string cell(std::string_view text) {
    std::string escaped;
    for (const char c : text) {
        if (c == '|') {
            escaped += '\\';
        }
        escaped += c;
    }
    return escaped;
}

std::string code_unless(std::string_view text, std::string_view plain) {
    const bool as_is = text.empty() || text == plain;
    return as_is ? cell(text) : "`" + cell(text) + "`";
}

}  // namespace

std::string settings_reference() {
    const settings defaults;
    std::string page(introduction);
    for (const knob<settings>& top : settings_knobs({})) {
        page += "\n## " + top.key + "\n\n" + top.meaning;
        page += top.need == need::required ? " (required).\n" : ".\n";
        page += "\n| key | expects | default | meaning |\n|---|---|---|---|\n";
        std::vector<reference_row> rows;
        top.kind.inside(top.key, defaults, rows);
        for (const reference_row& row : rows) {
            page += "| `" + row.path + "` | " + cell(row.expected) + " | " +
                    code_unless(row.fallback, "required") + " | " + cell(row.meaning) + " |\n";
        }
    }
    return page;
}

}  // namespace gateway::config
