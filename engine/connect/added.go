package connect

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"berth/engine/fault"
)

// Address is an endpoint as a person gives it.
type Address struct {
	Name  string
	Host  string
	Certs string // folder with ca.pem and, where the engine asks for them, cert.pem and key.pem; "" for none
}

// The parts of an address that can be wrong.
var (
	ErrHost  = errors.New("the host cannot be used")
	ErrCerts = errors.New("the certificates cannot be used")
)

// Check says what is wrong with an address before anything is dialled: an error that is ErrHost or ErrCerts, with the cause in
// words. The host it gives is written as Docker writes it.
func (a Address) Check(w Where) (host string, err error) {
	host, err = parseHost(a.Host, w.goos())
	if err != nil {
		return a.Host, partError{ErrHost, err}
	}
	if a.Certs == "" {
		return host, nil
	}
	if !strings.HasPrefix(host, "tcp://") {
		return host, partError{ErrCerts, errors.New("only tcp:// uses certificates")}
	}
	if _, err := folderTLS(a.Certs); err != nil {
		return host, partError{ErrCerts, err}
	}
	return host, nil
}

// Endpoint is the endpoint of an address; what is wrong with it is its Err.
func (a Address) Endpoint(w Where) Endpoint {
	ep := Endpoint{Name: a.Name, Source: FromSettings, Added: true, Certs: a.Certs}
	host, err := a.Check(w)
	ep.Host, ep.Plain = host, strings.HasPrefix(host, "tcp://") && a.Certs == ""
	if err != nil {
		ep.Err = &fault.Error{
			Kind: fault.BadContext, Op: "use " + a.Name, Why: err.Error(), Err: err, Action: fault.OpenSettings,
			Remedy: "Remove it in the settings, and add it again as it should be.",
		}
	}
	return ep
}

// partError is what is wrong with one part of an address. Its text is the cause alone: it stands beside the part.
type partError struct{ part, cause error }

func (e partError) Error() string   { return e.cause.Error() }
func (e partError) Unwrap() []error { return []error{e.part, e.cause} }

// added are the endpoints that the person added by hand, in the order in which they did.
func added(w Where) []Endpoint {
	if w.Added == nil {
		return nil
	}
	var list []Endpoint
	for _, a := range w.Added() {
		list = append(list, a.Endpoint(w))
	}
	return list
}

// folderTLS is the TLS configuration of a folder of PEM files. The authority is required, for without one nothing says that the
// engine is the one that was meant; the client's own pair is for engines that ask for it.
func folderTLS(folder string) (*tls.Config, error) {
	if !filepath.IsAbs(folder) {
		return nil, fmt.Errorf("%s is not the full path of a folder", folder)
	}
	if info, err := os.Stat(folder); err != nil || !info.IsDir() {
		return nil, fmt.Errorf("there is no folder %s", folder)
	}
	ca, err := os.ReadFile(filepath.Join(folder, "ca.pem")) //nolint:gosec // the folder that the person chose
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, errors.New("ca.pem is missing")
	case err != nil:
		return nil, err
	}
	files := tlsFiles{ca: ca}
	for name, into := range map[string]*[]byte{"cert.pem": &files.cert, "key.pem": &files.key} {
		if *into, err = os.ReadFile(filepath.Join(folder, name)); err != nil && !errors.Is(err, fs.ErrNotExist) { //nolint:gosec // the folder that the person chose
			return nil, err
		}
	}
	return files.config()
}
