#include "random_faults.hpp"

#include <iterator>

namespace gateway::crash {
namespace {

// `@` stands for a random number below `limit`.
struct fault_row {
    const char* text;
    unsigned limit = 1;
};

constexpr fault_row rows[] = {
    {R"("fault":"reset-before-reading")"},
    {R"("fault":"reset-after-reading")"},
    {R"("fault":"late","delay_ms":@)", 1500},
    {R"("fault":"http-status","status":500)"},
    {R"("fault":"http-status","status":502,"executed":true)"},
    {R"("fault":"http-status","status":504,"executed":true)"},
    {R"("fault":"http-status","status":429)"},
    {R"("fault":"system-busy")"},
    {R"("fault":"system-busy","executed":true)"},
    {R"("fault":"throttle","ban_s":1)"},
    {R"("fault":"throttle","platform":"alipay","ban_s":1,"form":"sla")"},
    {R"("fault":"order-lock","method":"taobao.eticket.merchant.ma.send")"},
    {R"("fault":"empty-voucher-id","platform":"alipay")"},
    {R"("fault":"is-success","method":"taobao.travel.ticket.order.verify","value":"absent","executed":true)"
    },
    {R"("fault":"is-success","method":"taobao.travel.ticket.order.verify","value":"false")"},
    {R"("fault":"ret-code","method":"taobao.eticket.merchant.ma.send","ret_code":"isv.something-new","executed":true)"
    },
    {R"("fault":"business-code","platform":"alipay","code":"40004","sub_code":"SOMETHING_NEW","executed":true)"
    },
    {R"("fault":"business-code","platform":"alipay","code":"40004","sub_code":"DB_EXCEPTION","executed":true)"
    },
    {R"("fault":"business-code","platform":"alipay","code":"40004","sub_code":"VOUCHER_HAS_EXPIRED")"
    },
    {R"("fault":"business-code","platform":"taobao","code":"25","sub_code":"isv.invalid-signature")"
    },
    // Unknown sub codes, and the service's failures under any number: executed all the same.
    {R"("fault":"business-code","platform":"taobao","code":"15","sub_code":"isv.something-new","executed":true)"
    },
    {R"("fault":"business-code","method":"taobao.travel.ticket.order.verify","code":"3","sub_code":"isp.unknown-error","executed":true)"
    },
    {R"("fault":"business-code","method":"taobao.travel.ticket.order.verify","code":"7","sub_code":"isp.unknown-error","executed":true)"
    },
    {R"("fault":"business-code","method":"taobao.travel.ticket.order.verify","code":"11","sub_code":"isp.system-busy","executed":true)"
    },
    {R"("fault":"business-code","method":"taobao.travel.ticket.order.verify","code":"31","sub_code":"isp.remote-service-error","executed":true)"
    },
    {R"("fault":"business-code","method":"taobao.travel.ticket.order.verify","code":"41","sub_code":"isp.remote-service-timeout","executed":true)"
    },
    {R"("fault":"business-code","method":"taobao.travel.ticket.order.verify","code":"15","sub_code":"isv.eticket-service-unavailable:order-is-processing","executed":true)"
    },
    // Plain refusals, which may follow an attempt that was executed.
    {R"("fault":"business-code","platform":"taobao","code":"15","sub_code":"isv.invalid-parameter:order_id")"
    },
    {R"("fault":"business-code","method":"taobao.eticket.merchant.ma.send","code":"15","sub_code":"isv.eticket-token-error:invalid-token")"
    },
    {R"("fault":"business-code","platform":"alipay","code":"40004","sub_code":"REQUEST_PARAM_ILLEGAL")"
    },
    // A limit that does not say for how long.
    {R"("fault":"business-code","platform":"taobao","code":"7")"},
    {R"("fault":"garbage-body")"},
    {R"("fault":"html-body")"},
    {R"("fault":"attribute-map","form":"object")"},
    // Not for a write-off: without its sub code an `isp.` failure above would read as the refusal
    // of its number.
    {R"("fault":"missing-sub-code","method":"taobao.eticket.merchant.ma.send")"},
    {R"("fault":"missing-sub-code","platform":"alipay")"},
    {R"("fault":"numbers-as-strings","platform":"taobao")"},
    {R"("fault":"raw-control-characters","platform":"taobao")"},
    {R"("fault":"gbk-answer")"},
    {R"("fault":"wrong-signature","platform":"alipay")"},
    {R"("fault":"missing-signature","platform":"alipay")"},
    {R"("fault":"unsigned-error","platform":"alipay")"},
    {R"("fault":"other-method-node")"},
    {R"("fault":"error-response","platform":"alipay")"},
    {R"("fault":"sign-first","platform":"alipay")"},
    {R"("fault":"pretty","platform":"alipay")"},
    {R"("fault":"execute-then-reset")"},
    {R"("fault":"execute-then-late","delay_ms":@)", 1500},
    {R"("fault":"cut-body","bytes":@)", 60},
    {R"("fault":"trickle","bytes":60,"every_ms":@)", 30},
    {R"("fault":"connection-close")"},
    {R"("fault":"chunked")"},
    {R"("fault":"refuse-connection","for_ms":@)", 300},
};

}  // namespace

std::string random_fault(generator& random) {
    const auto& row = rows[random() % std::size(rows)];
    std::string text(row.text);
    if (const auto at = text.find('@'); at != std::string::npos) {
        text.replace(at, 1, std::to_string(random() % row.limit));
    }
    const bool takes_times = text.find("refuse-connection") == std::string::npos;
    if (takes_times) {
        text += ",\"times\":" + std::to_string(1 + random() % 3);
    }
    return "{" + text + "}";
}

}  // namespace gateway::crash
