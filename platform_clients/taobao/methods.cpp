#include "platform_clients/taobao/methods.hpp"

#include <array>

namespace gateway::taobao {

#define TOP_METHOD(name) const top_method& name();
#include "platform_clients/taobao/methods.def"
#undef TOP_METHOD

std::span<const top_method* const> methods() {
#define TOP_METHOD(name) &name(),
    static const std::array list{
#include "platform_clients/taobao/methods.def"
    };
#undef TOP_METHOD
    return list;
}

}  // namespace gateway::taobao
