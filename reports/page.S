// The built report page's bytes inside the binary; read by html.cpp. HOTLAP_REPORT_PAGE is the file's name.
  .section .rodata
  .global hotlap_report_page_begin
  .global hotlap_report_page_end
hotlap_report_page_begin:
  .incbin HOTLAP_REPORT_PAGE
hotlap_report_page_end:
  .byte 0
  .section .note.GNU-stack,"",%progbits
