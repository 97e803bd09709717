// Where OpenSSL looks for certificates and for its configuration: not where Debian keeps them, but where most distributions do, for a program
// runs on other machines than this one. The functions are those of OpenSSL's crypto/x509/x509_def.c, whose object this one replaces.
#define DIRECTORY "/etc/ssl"

const char *X509_get_default_private_dir(void) { return DIRECTORY "/private"; }
const char *X509_get_default_cert_area(void) { return DIRECTORY; }
const char *X509_get_default_cert_dir(void) { return DIRECTORY "/certs"; }
const char *X509_get_default_cert_file(void) { return DIRECTORY "/cert.pem"; }
const char *X509_get_default_cert_dir_env(void) { return "SSL_CERT_DIR"; }
const char *X509_get_default_cert_file_env(void) { return "SSL_CERT_FILE"; }
