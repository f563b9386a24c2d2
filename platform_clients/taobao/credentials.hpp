#pragma once

#include <string>
#include <vector>

#include "config/secret_text.hpp"
#include "config/settings.hpp"

namespace gateway::taobao {

// What an account proves itself with. Immutable once in use: an attempt keeps the set it began
// with while a new one takes its place.
struct credentials {
    std::string app_key;
    config::secret_text app_secret;
    config::secret_text session;  // empty: only methods that need none can be called
};

// What is wrong with them, one sentence each, without their content: empty or with white space
// (which a copied secret catches easily and the platform answers with code 25), or a sign method
// the crypto library cannot do. None: usable.
std::vector<std::string> faults_of(const credentials& keys, config::top_sign_method method);

}  // namespace gateway::taobao
