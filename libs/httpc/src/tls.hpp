#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/system/error_code.hpp>
#include <filesystem>
#include <string>

#include "net/asio.hpp"

namespace trunkline::httpc {

using TlsStream = asio::ssl::stream<asio::ip::tcp::socket&>;

/// TLS 1.2 or newer, peers verified against `ca_file`, or the system's certificates if it is empty.
/// Throws std::runtime_error if the file cannot be used.
asio::ssl::context make_tls_context(const std::filesystem::path& ca_file);

/// Before the handshake: the name that the peer must prove, sent as SNI too unless it is an
/// address.
bool set_peer_name(TlsStream& stream, const std::string& host);

/// Why the handshake failed, in words: the certificate's fault if it was that.
std::string describe_handshake_error(TlsStream& stream, const boost::system::error_code& error);

}  // namespace trunkline::httpc
