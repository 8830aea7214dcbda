// OpenSSL's macros, which Swift does not see: one typed inline function for each that is used.
#ifndef GATEWAY_COPENSSL_H
#define GATEWAY_COPENSSL_H
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

static inline int copenssl_is_system_error(unsigned long code) { return ERR_SYSTEM_ERROR(code); }
static inline void copenssl_set_mode(SSL_CTX *c, long mode) { SSL_CTX_set_mode(c, mode); }
static inline void copenssl_set_read_ahead(SSL_CTX *c) { SSL_CTX_set_read_ahead(c, 1); }
static inline int copenssl_set_min_version(SSL_CTX *c, int version) { return SSL_CTX_set_min_proto_version(c, version); }
static inline void copenssl_set_session_cache(SSL_CTX *c, long mode) { SSL_CTX_set_session_cache_mode(c, mode); }
static inline int copenssl_set_server_name(SSL *s, const char *name) { return (int)SSL_set_tlsext_host_name(s, name); }
static inline int copenssl_set_app_data(SSL *s, void *data) { return SSL_set_app_data(s, data); }
static inline void *copenssl_app_data(const SSL *s) { return SSL_get_app_data(s); }
static const long copenssl_MODES = SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS;
static const uint64_t copenssl_OPTIONS = SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION;
static const long copenssl_CACHE_CLIENT = SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL;
static const long copenssl_CACHE_OFF = SSL_SESS_CACHE_OFF;
static const unsigned long copenssl_PARTIAL_CHAIN = X509_V_FLAG_PARTIAL_CHAIN;
#endif
