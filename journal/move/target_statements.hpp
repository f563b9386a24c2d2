#pragma once

#include "journal/postgres/connection.hpp"

// The statements that write a move into its target.

namespace gateway::journal::moving {

extern const postgres::statement state_of_move;
extern const postgres::statement begin_move;
extern const postgres::statement take_move;
extern const postgres::statement drop_move;
extern const postgres::statement fence;
extern const postgres::statement set_secret;
extern const postgres::statement read_secret;
extern const postgres::statement forget_birth;
extern const postgres::statement keep_birth;
extern const postgres::statement raise_numbers;
extern const postgres::statement put_names;
extern const postgres::statement put_lone_names;
extern const postgres::statement put_page;
extern const postgres::statement put_doubts;
extern const postgres::statement put_confirmed;
extern const postgres::statement put_bans;
extern const postgres::statement copied_until;
extern const postgres::statement finish_move;
extern const postgres::statement living_replicas;
extern const postgres::statement end_replica;
extern const postgres::statement no_limit;

}  // namespace gateway::journal::moving
