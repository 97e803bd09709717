# The perl of a tool's directory is started by a loader, which it takes for itself: programs that start themselves again, as OpenSSL's
# `Configure` does, are told the script that starts perl.
package CrossTool;
BEGIN { ($^X = __FILE__) =~ s{/usr/share/cross/CrossTool\.pm$}{/bin/perl} }
1;
