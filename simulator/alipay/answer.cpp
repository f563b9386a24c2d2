#include "simulator/alipay/answer.hpp"

#include <algorithm>

#include "simulator/alipay/encryption.hpp"
#include "simulator/json_text.hpp"

namespace simulator {

namespace {

json::object node_content(const alipay_outcome& outcome, const active_faults& faults) {
    const alipay_result& result = outcome.result;
    const std::string_view msg = result.msg.empty() ? alipay_msg(result.code) : result.msg;
    json::object node{{"code", result.code}, {"msg", msg}};
    if (!faults.has(fault_kind::missing_sub_code)) {
        if (!result.sub_code.empty()) {
            node["sub_code"] = result.sub_code;
        }
        if (!result.sub_msg.empty()) {
            node["sub_msg"] = result.sub_msg;
        }
    }
    if (result.code == "10000") {
        for (const auto& field : outcome.fields) {
            node[field.key()] = field.value();
        }
    }
    return node;
}

std::string node_name(const alipay_request& request, const active_faults& faults) {
    if (request.method == nullptr || faults.has(fault_kind::error_response)) {
        return "error_response";
    }
    std::string name(
        faults.has(fault_kind::other_method_node) ? "alipay.marketing.voucher.query"
                                                  : request.method->name()
    );
    std::ranges::replace(name, '.', '_');
    return name + "_response";
}

// Returns the node's bytes on the wire; the signature covers exactly these.
std::string node_bytes(
    const alipay_request& request,
    const alipay_outcome& outcome,
    charset encoding,
    const active_faults& faults
) {
    const json::object content = node_content(outcome, faults);
    std::string text =
        faults.has(fault_kind::pretty) ? pretty_json(content) : compact_json(content);
    if (faults.has(fault_kind::raw_control_characters)) {
        text = with_raw_control_characters(std::move(text));
    }
    text = from_utf8(text, encoding);
    if (request.encrypted) {
        return "\"" + alipay_encrypt(request.credentials->aes_key, text) + "\"";
    }
    return text;
}

bool is_signed(
    const alipay_request& request, const alipay_outcome& outcome, const active_faults& faults
) {
    if (request.credentials == nullptr || faults.has(fault_kind::missing_signature)) {
        return false;
    }
    return outcome.result.code == "10000" || !faults.has(fault_kind::unsigned_error);
}

std::string sign(const alipay_request& request, std::string node, const active_faults& faults) {
    if (faults.has(fault_kind::wrong_signature)) {
        node += " ";
    }
    return alipay_sign_node(
        request.credentials->platform_key, request.credentials->app.sign_type, node
    );
}

struct member {
    std::string name;
    std::string raw;
};

std::string join(const std::vector<member>& members, bool pretty) {
    std::string body = pretty ? "{\n\t" : "{";
    bool first = true;
    for (const member& one : members) {
        if (!first) {
            body += pretty ? ",\n\t" : ",";
        }
        first = false;
        body += "\"" + one.name + "\":" + one.raw;
    }
    return body + (pretty ? "\n}" : "}");
}

}  // namespace

gateway::net::http_response alipay_answer(
    const alipay_request& request,
    const alipay_outcome& outcome,
    const std::string& trace_id,
    const active_faults& faults
) {
    const charset encoding = faults.has(fault_kind::gbk_answer) ? charset::gbk : request.wire;
    const std::string node = node_bytes(request, outcome, encoding, faults);
    std::vector<member> members{{node_name(request, faults), node}};
    if (request.credentials != nullptr && request.credentials->certificate_mode()) {
        members.push_back({"alipay_cert_sn", quoted(request.credentials->platform_cert_sn)});
    }
    if (is_signed(request, outcome, faults)) {
        const member signature{"sign", quoted(sign(request, node, faults))};
        const bool first = faults.has(fault_kind::sign_first) && !faults.has(fault_kind::sign_last);
        members.insert(first ? members.begin() : members.end(), signature);
    }
    gateway::net::http_response response;
    response.headers.add("Server", "Tengine");
    response.headers.add(
        "Content-Type", "text/html;charset=" + std::string(charset_name(request.wire))
    );
    response.headers.add("trace_id", trace_id);
    response.body = join(members, faults.has(fault_kind::pretty));
    return response;
}

}  // namespace simulator
