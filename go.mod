module github.com/digcqrs/digcqrs

go 1.26

require go.uber.org/dig v1.19.0

require github.com/stretchr/testify v1.12.1 // indirect
