#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace gateway::alipay {

// One DER structure out of a key or certificate file.
struct der_block {
    std::string label;  // what stood after BEGIN; empty: bare base64
    std::string der;
    bool one_line = false;  // the base64 came unwrapped, as Alipay's key tool hands it out
};

// Takes the text apart: PEM blocks in file order (CRLF, blank lines, text around them), or the
// whole as bare base64, wrapped or not. The alternative is one sentence saying what is wrong, to
// follow the file's name.
std::variant<std::vector<der_block>, std::string> read_armour(std::string_view text);

}  // namespace gateway::alipay
