#include "config/settings_reference.hpp"

#include <string_view>
#include <vector>

#include "config/knobs.hpp"

namespace gateway::config {
namespace {

constexpr std::string_view introduction =
    R"(# Configuration

`redemption-gateway --config FILE` reads one YAML file; `--check-config` reads it, checks it and
ends. Every fault is reported with its line, all of them at once. Commented examples:
`config/gateway.example.yaml` for production, `config/demo.yaml` for `script/run`.

- Unknown and repeated keys are faults, and so are anchors, aliases and tags.
- A duration is a whole number with its unit directly behind it: `500ms`, `10s`, `5m`, `2h`, `90d`.
- A size is a number of bytes, alone or with `B`, `KiB`, `MiB` or `GiB` directly behind it.
- `${NAME}` inside a value is the environment variable's value. Between `{ }` it must be quoted.
- Secrets are named by file and never written into this file. A relative path starts at the
  folder of the configuration file; one from the environment starts with `/`, `./` or a folder
  (`${FOLDER}/key`), as anything else may be the secret itself.

This page is written by `redemption-gateway --config-reference` from the same tables that read the
file.
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
