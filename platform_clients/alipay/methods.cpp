#include "platform_clients/alipay/methods.hpp"

namespace gateway::alipay {

#define ALIPAY_METHOD(name) const alipay_method& name();
#include "platform_clients/alipay/methods.def"
#undef ALIPAY_METHOD

std::vector<const alipay_method*> all_methods() {
    return {
#define ALIPAY_METHOD(name) &name(),
#include "platform_clients/alipay/methods.def"
#undef ALIPAY_METHOD
    };
}

}  // namespace gateway::alipay
