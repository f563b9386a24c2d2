#include "platform_clients/taobao/methods.hpp"

#include <array>

namespace gateway::taobao {

#define CLIENT_METHOD(name) const client_method& name();
#include "platform_clients/taobao/methods.def"
#undef CLIENT_METHOD

std::span<const client_method* const> methods() {
#define CLIENT_METHOD(name) &name(),
    static const std::array list{
#include "platform_clients/taobao/methods.def"
    };
#undef CLIENT_METHOD
    return list;
}

}  // namespace gateway::taobao
