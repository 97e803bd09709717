#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <stdio.h>

int main(void) {
    unsigned char digest[SHA256_DIGEST_LENGTH];
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    if (context == NULL || SSL_CTX_set_default_verify_paths(context) != 1)
        return 1;
    SSL_CTX_free(context);
    SHA256((const unsigned char *)"abc", 3, digest);
    printf("OpenSSL %02x%02x%02x%02x\n", digest[0], digest[1], digest[2], digest[3]);
    return 0;
}
