#include "simulator/alipay/method.hpp"
#include "simulator/base64.hpp"

// alipay.open.app.alipaycert.download returns a platform certificate by its SN to a client that
// does not know the SN of an answer.

namespace simulator {

namespace json = boost::json;

namespace {

std::string wanted_sn(const json::object& biz) {
    const auto* value = biz.if_contains("alipay_cert_sn");
    return value != nullptr && value->is_string() ? std::string(value->get_string())
                                                  : std::string{};
}

class certificate_download final : public alipay_method {
public:
    std::string_view name() const noexcept override {
        return "alipay.open.app.alipaycert.download";
    }

    std::string natural_key(const json::object& biz) const override { return wanted_sn(biz); }

    json::object success(const json::object&) const override {
        return {{"alipay_cert_content", ""}};
    }

    alipay_outcome execute(const json::object& biz, alipay_context context) const override {
        const auto& certificates = context.credentials.certificates;
        const auto found = certificates.find(wanted_sn(biz));
        if (found == certificates.end()) {
            return {{"40002", "isv.alipay-cert-not-exist", "支付宝公钥证书不存在"}, {}, "refused"};
        }
        return {
            alipay_success(), {{"alipay_cert_content", base64_encode(found->second)}}, "served"
        };
    }
};

}  // namespace

const alipay_method& alipay_certificate_download() {
    static const certificate_download method;
    return method;
}

}  // namespace simulator
