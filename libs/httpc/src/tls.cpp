#include "tls.hpp"

#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cstdlib>
#include <stdexcept>
#include <system_error>

#include "net/address.hpp"

namespace trunkline::httpc {

namespace {

/// OpenSSL's folder of certificates, if it is indexed by hash (c_rehash) and nothing in the
/// environment points to a file. Certificates are then read when a peer needs one; the file that
/// most systems have beside it takes 100 ms and several megabytes at once.
std::filesystem::path indexed_folder() {
    const char* named = std::getenv(X509_get_default_cert_dir_env());
    const std::filesystem::path folder = named != nullptr ? named : X509_get_default_cert_dir();
    if (std::getenv(X509_get_default_cert_file_env()) != nullptr) {
        return {};
    }
    std::error_code error;
    const std::filesystem::directory_iterator entries(folder, error);
    const bool is_indexed =
        !error && std::any_of(begin(entries), end(entries), [](const auto& entry) {
            return entry.path().extension() == ".0";
        });
    return is_indexed ? folder : std::filesystem::path{};
}

void trust(
    asio::ssl::context& context,
    const std::filesystem::path& ca_file,
    boost::system::error_code& error
) {
    if (!ca_file.empty()) {
        context.load_verify_file(ca_file.string(), error);
        return;
    }
    const auto folder = indexed_folder();
    if (folder.empty()) {
        context.set_default_verify_paths(error);
    } else {
        context.add_verify_path(folder.string(), error);
    }
}

}  // namespace

asio::ssl::context make_tls_context(const std::filesystem::path& ca_file) {
    asio::ssl::context context(asio::ssl::context::tls_client);
    SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
    // An idle connection then gives back its two 16 KiB record buffers.
    SSL_CTX_set_mode(context.native_handle(), SSL_MODE_RELEASE_BUFFERS);
    context.set_verify_mode(asio::ssl::verify_peer);
    boost::system::error_code error;
    trust(context, ca_file, error);
    if (error) {
        const auto source = ca_file.empty() ? std::string("the system's folder") : ca_file.string();
        throw std::runtime_error(
            "cannot read the certificates of " + source + ": " + error.message()
        );
    }
    return context;
}

bool set_peer_name(TlsStream& stream, const std::string& host) {
    SSL* const handle = stream.native_handle();
    if (net::IpAddress::parse(host)) {
        return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(handle), host.c_str()) == 1;
    }
    SSL_set_hostflags(handle, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return SSL_set1_host(handle, host.c_str()) == 1 &&
           SSL_set_tlsext_host_name(handle, host.c_str()) == 1;
}

std::string describe_handshake_error(TlsStream& stream, const boost::system::error_code& error) {
    const long verdict = SSL_get_verify_result(stream.native_handle());
    if (verdict != X509_V_OK) {
        return std::string("certificate refused: ") + X509_verify_cert_error_string(verdict);
    }
    return error.message();
}

}  // namespace trunkline::httpc
