# An object that uses features of WebAssembly which LLVM names since version 20: their number, and of each `+` and the name.
# https://github.com/WebAssembly/tool-conventions/blob/main/Linking.md#target-features-section
	.section	.custom_section.target_features,"",@
	.int8	2
	.int8	43
	.int8	15
	.ascii	"bulk-memory-opt"
	.int8	43
	.int8	22
	.ascii	"call-indirect-overlong"
