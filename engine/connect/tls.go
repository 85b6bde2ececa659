package connect

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/docker/cli/cli/context"
	"github.com/docker/cli/cli/context/docker"
	"github.com/docker/go-connections/tlsconfig"
)

// contextTLS is the TLS configuration of a context, nil when it has none.
func contextTLS(w Where, name string) (*tls.Config, error) {
	contextStore := contextStore(w.dockerConfig())
	meta, err := contextStore.GetMetadata(name)
	if err != nil {
		return nil, err
	}
	endpoint, err := docker.EndpointFromContext(meta)
	if err != nil {
		return nil, err
	}
	files, err := context.LoadTLSData(contextStore, name, docker.DockerEndpoint)
	if err != nil {
		return nil, err
	}
	if files == nil && !endpoint.SkipTLSVerify {
		return nil, nil
	}
	if files == nil {
		files = &context.TLSData{}
	}
	config, err := tlsFiles{ca: files.CA, cert: files.Cert, key: files.Key}.config()
	if err != nil {
		return nil, err
	}
	config.InsecureSkipVerify = endpoint.SkipTLSVerify // set in the context by the person
	return config, nil
}

// tlsFiles are PEM files; nil is one that is not there.
type tlsFiles struct{ ca, cert, key []byte }

func (f tlsFiles) config() (*tls.Config, error) {
	config := tlsconfig.ClientDefault()
	if f.ca != nil {
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(f.ca) {
			return nil, errors.New("ca.pem holds no certificate")
		}
	}
	switch {
	case f.cert != nil && f.key != nil:
		pair, err := tls.X509KeyPair(f.cert, f.key)
		if err != nil {
			return nil, fmt.Errorf("cert.pem and key.pem: %w", err)
		}
		config.Certificates = []tls.Certificate{pair}
	case f.cert != nil:
		return nil, errors.New("key.pem is missing")
	case f.key != nil:
		return nil, errors.New("cert.pem is missing")
	}
	return config, nil
}

// envTLS is the TLS configuration that belongs to DOCKER_HOST, nil when DOCKER_TLS_VERIFY and DOCKER_CERT_PATH ask for
// none. As in docker's Go client, certificates without DOCKER_TLS_VERIFY are used and the engine's is not checked.
func envTLS(w Where) (*tls.Config, error) {
	dir := w.env("DOCKER_CERT_PATH")
	verify := w.env("DOCKER_TLS_VERIFY") != ""
	if dir == "" && !verify {
		return nil, nil
	}
	if dir == "" {
		dir = w.dockerConfig()
	}
	return tlsconfig.Client(tlsconfig.Options{
		CAFile:             filepath.Join(dir, "ca.pem"),
		CertFile:           filepath.Join(dir, "cert.pem"),
		KeyFile:            filepath.Join(dir, "key.pem"),
		InsecureSkipVerify: !verify,
	})
}
