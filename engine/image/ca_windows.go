package image

import (
	"bytes"
	"encoding/pem"
	"errors"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"

	"berth/engine/fault"
)

// systemCA reads the system store of root authorities as this person sees it: the computer's own, which a network's
// authority is rolled out to, and the person's. Windows keeps no file of them.
func systemCA() ([]byte, string, error) {
	const op = "read the certificates that Windows trusts"
	name, err := windows.UTF16PtrFromString("ROOT")
	if err != nil {
		return nil, "", fault.From(op, err)
	}
	store, err := windows.CertOpenSystemStore(0, name)
	if err != nil {
		return nil, "", fault.From(op, err)
	}
	defer windows.CertCloseStore(store, 0) //nolint:errcheck // only read
	var bundle bytes.Buffer
	var cert *windows.CertContext
	for {
		cert, err = windows.CertEnumCertificatesInStore(store, cert) // frees the one before
		if errors.Is(err, syscall.Errno(windows.CRYPT_E_NOT_FOUND)) {
			break // after the last
		}
		if err != nil {
			return nil, "", fault.From(op, err)
		}
		if cert.EncodingType&windows.X509_ASN_ENCODING == 0 {
			continue
		}
		block := &pem.Block{Type: "CERTIFICATE", Bytes: unsafe.Slice(cert.EncodedCert, cert.Length)} // Encode copies it
		if err := pem.Encode(&bundle, block); err != nil {
			return nil, "", fault.From(op, err)
		}
	}
	return onlyCertificates(bundle.Bytes()), "the store of root authorities", nil
}
