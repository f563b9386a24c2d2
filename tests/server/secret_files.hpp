#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "config/settings.hpp"

namespace gateway::support {

// A folder of secret files, removed when it goes.
class secret_folder {
public:
    secret_folder() : path_(testing::TempDir() + "secrets-XXXXXX") {
        if (!mkdtemp(path_.data())) {
            ADD_FAILURE() << "no temporary folder";
        }
    }
    ~secret_folder() { std::filesystem::remove_all(path_); }
    secret_folder(const secret_folder&) = delete;
    secret_folder& operator=(const secret_folder&) = delete;

    std::string write(const std::string& name, const std::string& content) const {
        const auto file = path_ + '/' + name;
        std::ofstream(file, std::ios::trunc) << content;
        return file;
    }

    // A TOP account whose two secrets stand here.
    config::account_settings taobao_account() const {
        config::account_settings out;
        out.name = "fliggy";
        out.platform = config::platform::taobao;
        out.taobao.app_key = "12345678";
        out.taobao.app_secret_file = write("app_secret", "s3cret");
        out.taobao.session_file = write("session", "s3ssion");
        return out;
    }

private:
    std::string path_;
};

}  // namespace gateway::support
