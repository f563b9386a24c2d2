#include "simulator/faults/fault_table.hpp"

#include <algorithm>

namespace simulator {

namespace {

constexpr auto number = value_type::number;
constexpr auto flag = value_type::flag;
constexpr auto text = value_type::text;

constexpr fault_parameter closed_for[] = {{"for_ms", number, "", ""}};
constexpr fault_parameter delay[] = {{"delay_ms", number, "", ""}};
constexpr fault_parameter status[] = {
    {"status", number, "500", "301|302|400|403|404|429|500|502|503|504"},
    {"retry_after_s", number, "0", ""},
    {"executed", flag, "false", ""},
};
constexpr fault_parameter not_executed[] = {{"executed", flag, "false", ""}};
constexpr fault_parameter executed[] = {{"executed", flag, "true", ""}};
constexpr fault_parameter codes[] = {
    {"code", text, "", ""},
    {"msg", text, "\"\"", ""},
    {"sub_code", text, "\"\"", ""},
    {"sub_msg", text, "\"\"", ""},
    {"executed", flag, "false", ""},
};
constexpr fault_parameter ban[] = {
    {"ban_s", number, "1", ""},
    {"form", text, "\"call-limited\"", "call-limited|sla"},
    {"executed", flag, "false", "false"},
};
constexpr fault_parameter never_executed[] = {{"executed", flag, "false", "false"}};
constexpr fault_parameter duplicate[] = {{"mode", text, "", "replay|error|empty"}};
constexpr fault_parameter success[] = {
    {"value", text, "", "false|absent"},
    {"executed", flag, "false", ""},
};
constexpr fault_parameter ret[] = {
    {"ret_code", text, "", ""},
    {"executed", flag, "false", ""},
};
constexpr fault_parameter map_form[] = {
    {"form", text, "", "string|empty|object|null|missing"},
};
constexpr fault_parameter cut[] = {{"bytes", number, "", ""}};
constexpr fault_parameter slow[] = {
    {"bytes", number, "", ""},
    {"every_ms", number, "", ""},
};

using enum fault_stage;

constexpr fault_description table[] = {
    {"refuse-connection", fault_kind::refuse_connection, at_once, closed_for},
    {"reset-before-reading", fault_kind::reset_before_reading, connection, {}},
    {"wrong-certificate", fault_kind::wrong_certificate, connection, {}},
    {"reset-after-reading", fault_kind::reset_after_reading, reading, {}},
    {"late", fault_kind::late, reading, delay},
    {"http-status", fault_kind::http_status, execution, status},
    {"system-busy", fault_kind::system_busy, execution, not_executed},
    {"business-code", fault_kind::business_code, execution, codes},
    {"throttle", fault_kind::throttle, execution, ban},
    {"order-lock", fault_kind::order_lock, execution, never_executed},
    {"empty-voucher-id", fault_kind::empty_voucher_id, execution, not_executed},
    {"duplicate-mode", fault_kind::duplicate_mode, execution, duplicate},
    {"is-success", fault_kind::is_success, execution, success},
    {"ret-code", fault_kind::ret_code, execution, ret},
    {"garbage-body", fault_kind::garbage_body, execution, executed},
    {"html-body", fault_kind::html_body, execution, executed},
    {"attribute-map", fault_kind::attribute_map, shape, map_form},
    {"missing-sub-code", fault_kind::missing_sub_code, shape, {}},
    {"numbers-as-strings", fault_kind::numbers_as_strings, shape, {}},
    {"raw-control-characters", fault_kind::raw_control_characters, shape, {}},
    {"gbk-answer", fault_kind::gbk_answer, shape, {}},
    {"wrong-signature", fault_kind::wrong_signature, shape, {}},
    {"missing-signature", fault_kind::missing_signature, shape, {}},
    {"unsigned-error", fault_kind::unsigned_error, shape, {}},
    {"other-method-node", fault_kind::other_method_node, shape, {}},
    {"error-response", fault_kind::error_response, shape, {}},
    {"sign-first", fault_kind::sign_first, shape, {}},
    {"sign-last", fault_kind::sign_last, shape, {}},
    {"pretty", fault_kind::pretty, shape, {}},
    {"execute-then-reset", fault_kind::execute_then_reset, transport, {}},
    {"execute-then-late", fault_kind::execute_then_late, transport, delay},
    {"cut-body", fault_kind::cut_body, transport, cut},
    {"trickle", fault_kind::trickle, transport, slow},
    {"connection-close", fault_kind::connection_close, transport, {}},
    {"chunked", fault_kind::chunked, transport, {}},
};

}  // namespace

std::span<const fault_description> fault_table() {
    return table;
}

const fault_description* find_fault(std::string_view name) {
    const auto found = std::ranges::find(table, name, &fault_description::name);
    return found == std::end(table) ? nullptr : &*found;
}

}  // namespace simulator
