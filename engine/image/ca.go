package image

import (
	"bytes"
	"context"
	"encoding/pem"
	"os"
	"os/exec"
	"runtime"
	"time"

	"berth/engine/fault"
)

// bundles are where systems keep the CA bundle that programs trust. The first that exists is the one.
var bundles = []string{
	"/etc/ssl/certs/ca-certificates.crt",                // Debian, Ubuntu, Arch, Gentoo
	"/etc/pki/tls/certs/ca-bundle.crt",                  // Fedora, RHEL
	"/etc/ssl/ca-bundle.pem",                            // openSUSE
	"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", // newer RHEL
	"/etc/ssl/cert.pem",                                 // Alpine, BSDs
}

// keychains hold what macOS trusts; a network's own authority is in the second.
var keychains = []string{"/System/Library/Keychains/SystemRootCertificates.keychain", "/Library/Keychains/System.keychain"}

// HostCA reads the certificates this computer trusts, as PEM without anything else that may stand in the file, and says
// where they are from. SSL_CERT_FILE goes first, as it does for every program that uses OpenSSL. Nothing is found on Windows,
// which keeps no bundle: then all results are zero.
func HostCA() (bundle []byte, path string, err error) {
	if path := os.Getenv("SSL_CERT_FILE"); path != "" {
		return readBundle(path)
	}
	if runtime.GOOS == "darwin" {
		return exportKeychains()
	}
	for _, path := range bundles {
		if _, err := os.Stat(path); err == nil {
			return readBundle(path)
		}
	}
	return nil, "", nil
}

func readBundle(path string) ([]byte, string, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, path, &fault.Error{
			Kind: fault.BadInput, Op: "read this computer's CA bundle " + path, Err: err,
			Remedy: "Correct SSL_CERT_FILE, or turn off trusting this computer's CA in the settings.", Action: fault.OpenSettings,
		}
	}
	return onlyCertificates(raw), path, nil
}

func exportKeychains() ([]byte, string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	args := append([]string{"find-certificate", "-a", "-p"}, keychains...)
	out, err := exec.CommandContext(ctx, "/usr/bin/security", args...).Output()
	if err != nil {
		return nil, "", &fault.Error{Kind: fault.Unknown, Op: "export the certificates of the system keychains", Err: err}
	}
	return onlyCertificates(out), keychains[1], nil
}

// onlyCertificates keeps the certificates of a PEM file, each once: files of that kind may hold private keys and prose, and
// nothing of that belongs into an image.
func onlyCertificates(raw []byte) []byte {
	var clean bytes.Buffer
	seen := map[string]bool{}
	for block, rest := pem.Decode(raw); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" || seen[string(block.Bytes)] {
			continue
		}
		seen[string(block.Bytes)] = true
		clean.Write(pem.EncodeToMemory(&pem.Block{Type: block.Type, Bytes: block.Bytes}))
	}
	return clean.Bytes()
}
