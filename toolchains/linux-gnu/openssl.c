// The directories in which OpenSSL looks for certificates. Debian's are replaced by those of most distributions, because programs run on
// other machines than this one. This object replaces that of OpenSSL's crypto/x509/x509_def.c, with the same functions.
#define DIRECTORY "/etc/ssl"

const char *X509_get_default_private_dir(void) { return DIRECTORY "/private"; }
const char *X509_get_default_cert_area(void) { return DIRECTORY; }
const char *X509_get_default_cert_dir(void) { return DIRECTORY "/certs"; }
const char *X509_get_default_cert_file(void) { return DIRECTORY "/cert.pem"; }
const char *X509_get_default_cert_dir_env(void) { return "SSL_CERT_DIR"; }
const char *X509_get_default_cert_file_env(void) { return "SSL_CERT_FILE"; }
