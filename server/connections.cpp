#include "server/connections.hpp"

namespace gateway::server {

void connections::drain() noexcept {
    draining_ = true;
    for (auto* connection : open_) {
        // One that isn't quiet has a request coming in, which deserves its answer.
        if (connection->reading_ && connection->stream_.quiet()) {
            connection->stream_.close();
        }
    }
}

open_connection::open_connection(connections& all, net::byte_stream& stream)
    : all_(all), stream_(stream) {
    all_.open_.insert(this);
    all_.probe_.connection_opened(all_.listener_);
}

open_connection::~open_connection() {
    all_.open_.erase(this);
    all_.probe_.connection_closed(all_.listener_);
}

}  // namespace gateway::server
