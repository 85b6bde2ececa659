.PHONY: lint test
lint: ## vet and format check
	test -z "$$(gofmt -l .)"
	go vet ./...

test: ## run the tests with the race detector
	go test -race ./...
